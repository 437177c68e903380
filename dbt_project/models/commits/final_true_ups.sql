-- one row per postpaid commit of a contract to rate whose true-up is final: it counts nothing any more (S-37)
select
    lines.commit_id,
    invoices.contract_id,
    invoices.invoice_id,
    invoices.issue_on,
    {{ to_amount('sum(lines.amount)') }} as amount,
from {{ source('ledger', 'invoice_lines') }} as lines
inner join {{ source('ledger', 'invoices') }} as invoices
    on lines.invoice_id = invoices.invoice_id
    and invoices.status = 'finalized'
semi join {{ ref('commit_terms') }} as terms on lines.commit_id = terms.commit_id
where lines.line_type = 'true_up'
group by all
