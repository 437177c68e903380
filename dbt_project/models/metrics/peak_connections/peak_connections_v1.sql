-- one row per contract, window and region: the most connections that were measured
select
    contract_id,
    window_start,
    window_end,
    {{ property_text('region') }} as region,
    {{ to_quantity('max(' ~ property_number('connections') ~ ')') }} as quantity,
from {{ billable_events() }}
group by all
having quantity is not null
