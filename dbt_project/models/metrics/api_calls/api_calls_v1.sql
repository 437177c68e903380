-- one row per contract, window, region and user_id: the number of API calls
select
    contract_id,
    window_start,
    window_end,
    {{ property_text('region') }} as region,
    {{ property_text('user_id') }} as user_id,
    {{ to_quantity('count(*)') }} as quantity,
from {{ billable_events() }}
group by all
