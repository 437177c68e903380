-- one row per contract, window and region: the storage that was measured last, be it before the window
with samples as (
    select
        contract_id,
        window_start,
        window_end,
        {{ property_text('region') }} as region,
        {{ property_number('gb') }} as gb,
        timestamp,
        event_seq,
    from {{ billable_events() }}
)

select
    contract_id,
    window_start,
    window_end,
    region,
    {{ to_quantity('arg_max(gb, row(timestamp, event_seq))') }} as quantity,
from samples
where gb is not null
group by all
