-- one row per contract, window, region and direction: the bytes that were moved
select
    contract_id,
    window_start,
    window_end,
    {{ property_text('region') }} as region,
    {{ property_text('direction') }} as direction,
    {{ to_quantity('sum(coalesce(' ~ property_number('bytes') ~ ', 0))') }} as quantity,
from {{ billable_events() }}
group by all
