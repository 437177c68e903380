-- one row per contract, window and region: the least free storage that was measured
select
    contract_id,
    window_start,
    window_end,
    {{ property_text('region') }} as region,
    {{ to_quantity('min(' ~ property_number('free_gb') ~ ')') }} as quantity,
from {{ billable_events() }}
group by all
having quantity is not null
