-- one row per contract, window, model and user_id: input and output tokens
with requests as (
    select
        contract_id,
        window_start,
        window_end,
        {{ property_text('model') }} as model,
        {{ property_text('user_id') }} as user_id,
        coalesce({{ property_number('input_tokens') }}, 0) as input_tokens,
        coalesce({{ property_number('output_tokens') }}, 0) as output_tokens,
    from {{ billable_events() }}
)

select
    contract_id,
    window_start,
    window_end,
    model,
    user_id,
    {{ to_quantity('sum(input_tokens + output_tokens)') }} as quantity,
from requests
group by all
