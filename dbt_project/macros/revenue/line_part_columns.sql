{# What every part says of its line. #}
{% macro line_part_columns() %}
        status, issue_on, invoice_id, line_number, contract_id, line_type, product_id, product_name,
        metric, metric_version, pricing_group, pricing_unit, decimals,
        {{ to_minor('paid') }} as minor_paid
{%- endmacro %}
