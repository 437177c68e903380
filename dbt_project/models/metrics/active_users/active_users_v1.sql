-- one row per contract, window and region: the users that made an API call
select
    contract_id,
    window_start,
    window_end,
    {{ property_text('region') }} as region,
    {{ to_quantity('count(distinct ' ~ property_text('user_id') ~ ')') }} as quantity,
from {{ billable_events() }}
group by all
