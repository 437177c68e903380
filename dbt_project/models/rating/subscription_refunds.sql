-- one row per invoiced part of a subscription in advance with unused days that are to be given back
-- S-35a: the subscription or its contract ends, as the price book says now, before the days that a final
-- invoice charged: those days at the charged amount, on the scheduled invoice dated the end. What final
-- invoices gave back already is taken off, so an end that moves on backwards gives what is still missing
-- and one that moves forwards gives nothing (S-44 lists it).
with charged as (
    select
        lines.*,
        least(subscriptions.ending_before, contracts.ending_before) as ends_on,
        (lines.service_end - lines.service_start)::integer as charged_days,
        units.decimals,
        -- parts alike but for their first day: there is an increase by as much as there was
        row_number() over (
            partition by lines.subscription_id, lines.product_id, lines.quantity, lines.unit_price, lines.service_end
            order by lines.service_start, lines.sequence, lines.line_number
        ) as place,
    from {{ source('inputs', 'run') }} as run
    inner join {{ source('price_book', 'subscriptions') }} as subscriptions
        on run.price_book = subscriptions.price_book
        and subscriptions.collection = 'advance'
        and subscriptions.refund_unused
    inner join {{ ref('active_contracts') }} as contracts
        on run.price_book = contracts.price_book
        and subscriptions.contract_id = contracts.contract_id
        and least(subscriptions.ending_before, contracts.ending_before) <= run.as_of::date
    inner join {{ ref('invoiced_subscriptions') }} as lines
        on subscriptions.subscription_id = lines.subscription_id
        and subscriptions.contract_id = lines.contract_id
        and lines.is_scheduled and not lines.is_void and not lines.is_refund
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and lines.pricing_unit = units.pricing_unit
),

-- Of an invoice that gave back, the first such line is of the first of the parts alike (draft_lines keeps
-- the order); a part without unused days any more is among the last of them.
given as (
    select
        charged.subscription_id, charged.product_id, charged.quantity, charged.unit_price, charged.service_end,
        refunds.service_start as given_from, refunds.service_end as given_to, refunds.amount, refunds.list_amount,
        row_number() over (
            partition by
                charged.subscription_id, charged.product_id, charged.quantity, charged.unit_price,
                charged.service_end, refunds.invoice_id
            order by refunds.service_start, refunds.line_number
        ) as place,
    from (
        select
            subscription_id, product_id, quantity, unit_price, service_end, min(service_start) as service_start
        from charged
        group by all
    ) as charged
    inner join {{ ref('invoiced_subscriptions') }} as refunds
        on charged.subscription_id = refunds.subscription_id
        and charged.product_id = refunds.product_id
        and charged.quantity = -refunds.quantity
        and charged.unit_price = refunds.unit_price
        and charged.service_start <= refunds.service_start
        and charged.service_end >= refunds.service_end
        and refunds.is_refund and not refunds.is_void
),

compared as (
    select
        charged.*,
        charged.service_start as charged_from,
        greatest(charged.ends_on, charged.service_start) as unused_from,
        given.given_from,
        given.given_to,
        (charged.service_end - unused_from)::integer as unused_days,
        {{ prorated_amount('charged.amount', '1', 'unused_days', 'charged_days', 'charged.decimals') }}
        + coalesce(given.amount, 0) as missing,
        {{ prorated_amount('charged.list_amount', '1', 'unused_days', 'charged_days', 'charged.decimals') }}
        + coalesce(given.list_amount, 0) as list_missing,
    from charged
    left join (
        select
            * exclude (given_from, given_to, amount, list_amount),
            min(given_from) as given_from, max(given_to) as given_to, sum(amount) as amount,
            sum(list_amount) as list_amount,
        from given
        group by all
    ) as given using (subscription_id, product_id, quantity, unit_price, service_end, place)
    where charged.service_end > charged.ends_on
)

select
    contract_id,
    subscription_id,
    ends_on as scheduled_on,
    'subscription' as line_type,
    product_id,
    product_name,
    charged_from, invoice_id as charged_invoice_id, line_number as charged_line_number,
    case when given_from = unused_from then given_to else unused_from end as service_start,
    case when given_from > unused_from then given_from else service_end end as service_end,
    (-quantity)::decimal(28, 10) as quantity,
    unit_price,
    list_unit_price,
    {{ to_amount('-missing') }} as amount,
    {{ to_amount('-list_missing') }} as list_amount,
    pricing_unit,
    rate_id,
    override_id,
from compared
where missing > 0
