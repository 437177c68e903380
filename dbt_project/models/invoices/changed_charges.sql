-- one row per invoiced charge or commit purchase that differs from what the price book says of it now
-- S-44: a charge is known by its id, a purchase by its commit and date, whatever contract has it now. A view:
-- the marts read it of all contracts.
{{ config(materialized='view') }}

with invoiced as (
    select
        invoices.contract_id,
        invoices.invoice_id,
        lines.line_number,
        lines.source_id as object_id,
        lines.line_type,
        lines.product_id,
        invoices.issue_on as invoiced_on,
        invoices.currency,
        lines.quantity,
        lines.unit_price,
        lines.amount,
    from {{ source('ledger', 'invoices') }} as invoices
    inner join {{ source('ledger', 'invoice_lines') }} as lines using (invoice_id)
    inner join {{ source('inputs', 'run') }} as run on invoices.price_book <> run.price_book
    -- what a threshold bought is in the ledger alone (S-58)
    anti join {{ source('ledger', 'automatic_commits') }} as automatic on lines.commit_id = automatic.commit_id
    where invoices.invoice_type = 'scheduled'
        and invoices.status = 'finalized'
        and lines.line_type in ('scheduled', 'commit_purchase')
),

stated as (
    select
        'scheduled' as line_type, charge_id as object_id, null::date as purchased_on,
        charge_on as stated_on, contract_id, product_id, quantity, unit_price,
    from {{ source('price_book', 'scheduled_charges') }}
    inner join {{ source('inputs', 'run') }} using (price_book)
    union all
    select
        'commit_purchase' as line_type, commits.commit_id as object_id, invoices.invoice_on as purchased_on,
        invoices.invoice_on as stated_on, commits.contract_id, commits.product_id,
        {{ amount_as_quantity('invoices.amount') }} as quantity,
        {{ amount_as_unit_price('invoices.amount') }} as unit_price,
    from {{ source('price_book', 'commits') }} as commits
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    inner join {{ source('price_book', 'commit_invoices') }} as invoices
        on run.price_book = invoices.price_book
        and commits.commit_id = invoices.commit_id
        and commits.type = 'prepaid'
),

compared as (
    select
        invoiced.*,
        stated.object_id is null as is_gone,
        {{ round_to_unit(to_unrounded_amount('stated.quantity * stated.unit_price'), 'units.decimals') }}
            as stated_amount,
        stated.stated_on,
        stated.contract_id as stated_contract_id,
        stated.product_id as stated_product_id,
        stated.quantity as stated_quantity,
        stated.unit_price as stated_unit_price,
    from invoiced
    inner join {{ source('inputs', 'run') }} as run on true
    inner join {{ source('price_book', 'pricing_units') }} as units
        on run.price_book = units.price_book
        and invoiced.currency = units.pricing_unit
    left join stated
        on invoiced.line_type = stated.line_type
        and invoiced.object_id = stated.object_id
        and invoiced.invoiced_on = coalesce(stated.purchased_on, invoiced.invoiced_on)
)

select
    contract_id,
    invoice_id,
    line_number,
    object_id,
    amount as invoiced,
    {{ to_amount('stated_amount') }} as price_book,
    {{ plain_number('quantity') }} || ' × ' || {{ plain_number('unit_price') }} || ' '
    || product_id || ' on ' || invoiced_on as invoiced_terms,
    {{ plain_number('stated_quantity') }} || ' × ' || {{ plain_number('stated_unit_price') }} || ' '
    || stated_product_id || ' on ' || stated_on
    || case when stated_contract_id <> contract_id then ', contract ' || stated_contract_id else '' end
        as price_book_terms,
from compared
where is_gone
    or amount <> stated_amount
    or product_id <> stated_product_id
    or contract_id <> stated_contract_id
    or invoiced_on <> stated_on
    or (line_type = 'scheduled' and (quantity, unit_price) <> (stated_quantity, stated_unit_price))
