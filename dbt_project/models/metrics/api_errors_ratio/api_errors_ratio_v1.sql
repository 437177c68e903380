-- one row per contract, window and region: the share of API calls that failed on the server's side
with calls as (
    select
        contract_id,
        window_start,
        window_end,
        {{ property_text('region') }} as region,
        {{ property_number('status') }} as status,
    from {{ billable_events() }}
)

select
    contract_id,
    window_start,
    window_end,
    region,
    {{ exact_divide('count(*) filter (where status >= 500)', 'count(*)') }} as quantity,
from calls
group by all
