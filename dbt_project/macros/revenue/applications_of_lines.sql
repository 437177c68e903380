{# What each commit paid of each line of the contracts that the run computes, final and draft. #}
{% macro applications_of_lines() %}
    select invoice_id, line_number, commit_id, segment, amount from {{ to_rate(ref('draft_applications')) }}
    union all
    select stored.invoice_id, stored.line_number, stored.commit_id, stored.segment, stored.amount
    from {{ source('ledger', 'commit_applications') }} as stored
    semi join {{ to_rate(source('ledger', 'invoices')) }} as invoices using (invoice_id)
{% endmacro %}
