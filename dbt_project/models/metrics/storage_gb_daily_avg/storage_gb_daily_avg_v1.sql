-- one row per contract, window and region: the mean of the daily maxima over days with data
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
    {{ exact_divide('sum(gb)', 'count(*)') }} as quantity,
from daily_maxima
where gb is not null
group by all
