-- one row per purchase of a prepaid commit that has come due, invoiced already or not
-- S-37: in money, rounded to its minor unit (S-19), whatever its balance is held in. Invoice rows of
-- credits and postpaid commits have no effect.
select
    terms.contract_id,
    invoices.invoice_on as scheduled_on,
    'commit_purchase' as line_type,
    terms.product_id,
    terms.product_name,
    {{ to_quantity('1') }} as quantity,
    {{ to_unit_price(round_to_unit('invoices.amount', 'currencies.decimals')) }} as unit_price,
    {{ round_to_unit('invoices.amount', 'currencies.decimals') }} as amount,
    terms.currency as pricing_unit,
    terms.commit_id,
    terms.commit_id as source_id,
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
