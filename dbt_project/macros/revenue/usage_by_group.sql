{# What metrics that add up (sums, counts) measured on each day, by the pricing and presentation group of
   every product that points at them, and by pricing group alone: what days of a line are weighed with.
   `days` is a relation like usage.metric_values. Not summed up to the groups: whoever joins it does. #}
{% macro usage_by_group(days) %}
    with adding as (
        select distinct metric, metric_version from {{ ref('billable_metrics') }} where rollup = 'sum'
    ),

    days as (
        select contract_id, metric, metric_version, metric_group, window_start as service_on, quantity
        from {{ days }}
        semi join adding using (metric, metric_version)
        where window_end = window_start + 1
    ),

    group_keys as (
        select distinct
            pointers.metric,
            pointers.version as metric_version,
            products.pricing_group_keys,
            unnest([products.presentation_group_keys, []]) as presentation_group_keys,
        from {{ source('price_book', 'product_metrics') }} as pointers
        inner join {{ source('price_book', 'products') }} as products using (price_book, product_id)
    ),

    -- Written once for all contracts: cutting JSON is what takes the time here.
    subsets as (
        select distinct
            metric_groups.*,
            {{ group_subset('metric_groups.metric_group', 'group_keys.pricing_group_keys') }} as pricing_group,
            {{ group_subset('metric_groups.metric_group', 'group_keys.presentation_group_keys') }}
                as presentation_group,
        from (select distinct metric, metric_version, metric_group from days) as metric_groups
        inner join group_keys using (metric, metric_version)
    )

    select
        days.contract_id,
        days.metric,
        days.metric_version,
        subsets.pricing_group,
        subsets.presentation_group,
        days.service_on,
        days.quantity,
    from days
    inner join subsets using (metric, metric_version, metric_group)
{% endmacro %}
