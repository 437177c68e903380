{# What balances' payments are held against (S-38), inside a contract: period, product (a conversion:
   its unit), pricing group, pricing unit and slice start, as one text. The period stands for the
   invoice, so that late lines and the replacement of a void invoice (S-50) belong to the slice. #}
{% macro slice_key(relation) -%}
concat_ws(
    chr(31), {{ relation }}.slice_period, coalesce({{ relation }}.product_id, ''),
    coalesce({{ relation }}.converted_unit, ''), {{ relation }}.pricing_group, {{ relation }}.pricing_unit,
    {{ relation }}.service_start
)
{%- endmacro %}
