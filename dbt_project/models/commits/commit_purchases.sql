-- one row per purchase of a prepaid commit that has come due, invoiced already or not, and of a threshold
-- S-37: in money, rounded to its minor unit (S-19), whatever its balance is held in. Invoice rows of
-- credits and postpaid commits have no effect.
with purchases as (
    select
        terms.*,
        invoices.invoice_on,
        {{ round_to_unit('invoices.amount', 'currencies.decimals') }} as amount,
    from {{ source('inputs', 'run') }} as run
    inner join {{ source('price_book', 'commit_invoices') }} as invoices
        on run.price_book = invoices.price_book
        and invoices.invoice_on <= run.as_of
    inner join {{ ref('commit_terms') }} as terms
        on invoices.commit_id = terms.commit_id
        and terms.type = 'prepaid'
    inner join {{ source('price_book', 'pricing_units') }} as currencies
        on run.price_book = currencies.price_book
        and terms.currency = currencies.pricing_unit
)

select
    contract_id,
    invoice_on as scheduled_on,
    'commit_purchase' as line_type,
    product_id,
    product_name,
    {{ amount_as_quantity('amount') }} as quantity,
    {{ amount_as_unit_price('amount') }} as unit_price,
    amount,
    currency as pricing_unit,
    commit_id,
    commit_id as source_id,
from purchases
union all
-- S-58: what a threshold buys in this run, on its date; what one bought before is on a final invoice
select
    contract_id,
    acts_on as scheduled_on,
    'commit_purchase' as line_type,
    product_id,
    product_name,
    {{ amount_as_quantity('amount') }} as quantity,
    {{ amount_as_unit_price('amount') }} as unit_price,
    amount,
    pricing_unit,
    commit_id,
    commit_id as source_id,
from {{ ref('reached_thresholds') }}
