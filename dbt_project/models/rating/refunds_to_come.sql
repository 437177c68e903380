-- one row per invoiced part of a subscription in advance with days that an end to come will give back
-- S-35a, S-44: the price book charges these days no more, and until the end's date nothing is given back: what
-- compares it with what is invoiced (ignored_changes) takes them for given. Without proration the price book
-- charges the whole price, with the end in it or not. A view: the marts read what has become final in the same run.
{{ config(materialized='view') }}

with parts as (
    select
        lines.invoice_id,
        lines.line_number,
        lines.amount,
        (lines.service_end - lines.service_start)::integer as charged_days,
        least(subscriptions.ending_before, contracts.ending_before) as ends_on,
        (lines.service_end - greatest(ends_on, lines.service_start))::integer as unused_days,
        units.decimals,
    from {{ source('inputs', 'run') }} as run
    inner join {{ source('price_book', 'subscriptions') }} as subscriptions
        on run.price_book = subscriptions.price_book
        and subscriptions.collection = 'advance'
        and subscriptions.refund_unused
        and coalesce(subscriptions.prorated, true)
    inner join {{ ref('billed_contracts') }} as contracts
        on run.price_book = contracts.price_book
        and subscriptions.contract_id = contracts.contract_id
        and least(subscriptions.ending_before, contracts.ending_before) > run.as_of::date
    inner join {{ ref('invoiced_subscriptions') }} as lines
        on subscriptions.subscription_id = lines.subscription_id
        and subscriptions.contract_id = lines.contract_id
        and lines.is_scheduled and not lines.is_void and not lines.is_refund
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and lines.pricing_unit = units.pricing_unit
    where lines.service_end > least(subscriptions.ending_before, contracts.ending_before)
)

select
    invoice_id,
    line_number,
    {{ prorated_amount('amount', '1', 'unused_days', 'charged_days', 'decimals') }} as amount,
from parts
