{# The order of S-40 inside a period: earlier slices, usage before subscriptions before composites, higher
   prices, names, groups, tiers; then what makes it a total order. #}
{% macro line_order_in_period() -%}
    service_start,
    case line_type
        when 'usage' then 1 when 'late_usage' then 1 when 'subscription' then 2 else 3
    end,
    unit_price desc,
    product_name,
    pricing_group,
    tier,
    product_id,
    service_end,
    rate_id,
    override_id,
    corrects_invoice_id,
    quantity
{%- endmacro %}
