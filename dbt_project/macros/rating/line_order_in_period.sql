{# The order of S-40 inside an invoice: earlier slices, usage before subscriptions before composites
   before caps before minimums, higher prices, names, groups, tiers; then what makes it a total order. The
   one place that says it. #}
{% macro line_order_in_period(last='quantity') -%}
    service_start,
    case line_type
        when 'usage' then 1 when 'late_usage' then 1 when 'subscription' then 2 when 'composite' then 3
        when 'minimum' then 5 else 4
    end,
    unit_price desc,
    product_name,
    pricing_group,
    tier,
    product_id,
    service_end,
    source_id,
    rate_id,
    override_id,
    corrects_invoice_id,
    {{ last }}
{%- endmacro %}
