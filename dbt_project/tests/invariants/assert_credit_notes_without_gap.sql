-- S-55, S-45: credit notes run from 1 without a gap, each once, in the order of the voids; every void
-- invoice with a number has one, which takes back its whole total.
with numbered as (
    select
        voids.invoice_id,
        voids.credit_note_number,
        {{ credit_note_number('row_number() over (order by voids.sequence)') }} as expected_number,
        invoices.total + coalesce(notes.total, 0) as difference,
    from {{ source('ledger', 'invoices') }} as invoices
    left join {{ source('ledger', 'voids') }} as voids using (invoice_id)
    left join {{ ref('credit_notes') }} as notes using (invoice_id)
    where invoices.status = 'void' and invoices.invoice_number is not null
)

select * from numbered
where credit_note_number is distinct from expected_number or difference <> 0
