-- one row per contract, window and region: the mean of the daily maxima over all days
with daily_maxima as (
    select
        contract_id,
        window_start,
        window_end,
        {{ property_text('region') }} as region,
        event_date,
        max({{ property_number('gb') }}) as gb,
    from {{ billable_events() }}
    group by all
)

select
    contract_id,
    window_start,
    window_end,
    region,
    {{ exact_divide('sum(gb)', 'window_end - window_start') }} as quantity,
from daily_maxima
where gb is not null
group by contract_id, window_start, window_end, region
