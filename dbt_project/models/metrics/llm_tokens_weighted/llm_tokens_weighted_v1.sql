-- one row per contract, window and model: tokens times the weight of their model
with requests as (
    select
        contract_id,
        window_start,
        window_end,
        price_book,
        {{ property_text('model') }} as model,
        coalesce({{ property_number('input_tokens') }}, 0)
        + coalesce({{ property_number('output_tokens') }}, 0) as tokens,
    from {{ billable_events() }}
)

select
    requests.contract_id,
    requests.window_start,
    requests.window_end,
    requests.model,
    {{ to_quantity('sum(requests.tokens * coalesce(weights.weight, 1))') }} as quantity,
from requests
left join {{ lookup('model_weights') }} as weights using (price_book, model)
group by all
