-- one row per line of a scheduled invoice that has come due and is on no final invoice yet
-- S-44: a line appears on its date, not before. What a final invoice already carries is known by what
-- the line is of: a charge, a commit or a subscription, and a date; an edited price book never bills
-- that again.
with charges as (
    -- S-36; a charge is billed on its date, also before the contract's start or after its end
    select
        charges.contract_id,
        charges.charge_on as scheduled_on,
        'scheduled' as line_type,
        charges.product_id,
        products.name as product_name,
        charges.quantity,
        charges.unit_price,
        {{ round_to_unit(to_unrounded_amount('charges.quantity * charges.unit_price'), 'units.decimals') }} as amount,
        rate_cards.currency as pricing_unit,
        null::varchar as commit_id,
        charges.charge_id as source_id,
    from {{ source('inputs', 'run') }} as run
    inner join {{ source('price_book', 'scheduled_charges') }} as charges
        on run.price_book = charges.price_book
        and charges.charge_on <= run.as_of
    inner join {{ source('price_book', 'products') }} as products
        on run.price_book = products.price_book
        and charges.product_id = products.product_id
    inner join {{ ref('active_contracts') }} as contracts
        on run.price_book = contracts.price_book
        and charges.contract_id = contracts.contract_id
    inner join {{ source('price_book', 'rate_cards') }} as rate_cards
        on run.price_book = rate_cards.price_book
        and contracts.rate_card_id = rate_cards.rate_card_id
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and rate_cards.currency = units.pricing_unit
),

-- What the price book puts on dates by itself. Each branch gives the columns of `charges`.
planned as (
    select * from charges
    union all by name
    select * from {{ ref('commit_purchases') }}
),

invoiced as (
    -- a charge is one thing, whatever its date has become; of a commit each date is a purchase
    select
        lines.line_type,
        lines.source_id,
        case when lines.line_type = 'commit_purchase' then invoices.issue_on end as purchased_on,
    from {{ source('ledger', 'invoices') }} as invoices
    inner join {{ source('ledger', 'invoice_lines') }} as lines using (invoice_id)
    where invoices.invoice_type = 'scheduled' and invoices.status = 'finalized'
)

select
    contract_id, scheduled_on, line_type, product_id, product_name, quantity, unit_price,
    unit_price as list_unit_price, amount, amount as list_amount, pricing_unit,
    null::varchar as rate_id, null::varchar as override_id, commit_id,
    scheduled_on as service_start, scheduled_on as service_end, source_id,
from planned
anti join invoiced
    on planned.line_type = invoiced.line_type
    and planned.source_id = invoiced.source_id
    and planned.scheduled_on = coalesce(invoiced.purchased_on, planned.scheduled_on)
union all
select
    contract_id,
    service_start as scheduled_on,
    line_type,
    product_id,
    product_name,
    quantity,
    unit_price,
    list_unit_price, amount, list_amount, pricing_unit,
    rate_id, override_id, null::varchar as commit_id,
    service_start, service_end, subscription_id as source_id,
from {{ ref('subscription_lines') }}
where is_scheduled
union all by name
select
    contract_id,
    scheduled_on,
    line_type,
    product_id,
    product_name,
    quantity,
    unit_price,
    list_unit_price, amount, list_amount, pricing_unit,
    rate_id, override_id, null::varchar as commit_id,
    service_start, service_end, subscription_id as source_id,
    charged_from, charged_invoice_id, charged_line_number,
from {{ ref('subscription_refunds') }}
