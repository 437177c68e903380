-- one row per contract, window and region: the 95th percentile of the hourly peaks, weighted
with hourly_peaks as (
    select
        contract_id,
        window_start,
        window_end,
        price_book,
        {{ property_text('region') }} as region,
        epoch_us(timestamp) // 3600000000 as hour,
        max({{ property_number('in_use') }}) as peak,
    from {{ billable_events() }}
    group by all
),

ranked as (
    select
        *,
        row_number() over (
            partition by contract_id, window_start, window_end, region
            order by peak, hour
        ) as at_or_below,
        count(*) over (partition by contract_id, window_start, window_end, region) as hours,
    from hourly_peaks
    where peak is not null
)

select
    ranked.contract_id,
    ranked.window_start,
    ranked.window_end,
    ranked.region,
    {{ to_quantity('min(ranked.peak) * coalesce(max(weights.weight), 1)') }} as quantity,
from ranked
left join {{ lookup('region_weights') }} as weights using (price_book, region)
where 100 * ranked.at_or_below >= 95 * ranked.hours
group by all
