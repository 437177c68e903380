{# What the days of parts weigh by usage: none where there was none. #}
{% macro day_weights(parts, usage) %}
    select {{ whole_part() }}, service_on, sum({{ to_scaled('usage.quantity') }}) as weight
    from {{ parts }} as parts
    inner join {{ usage }} as usage
        on parts.contract_id = usage.contract_id
        and parts.metric = usage.metric
        and parts.metric_version = usage.metric_version
        and parts.pricing_group = usage.pricing_group
        and parts.presentation_group = usage.presentation_group
        and usage.service_on >= parts.first_day
        and usage.service_on < parts.last_before
    group by all
{% endmacro %}
