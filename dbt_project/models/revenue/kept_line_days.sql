-- one row per line, product, pricing and presentation group, and day, of invoices that are not final and of
-- final ones whose days have to be worked out
-- S-80: a draft as it stands; of usage the days so far. Of a final invoice that converts a custom unit, or has
-- usage of more than one month, nobody can say what a month was without its days: these are laid out here
-- too, in the same statement, for the journal. All other final lines say it themselves (earned_months).
{{ config(materialized='by_contract') }}
{% set lines %}
    (
        select
            'draft' as status, headers.issue_on, lines.*, headers.price_book, run.as_of::date + 1 as seen_before,
            case when lines.line_type = 'unit_conversion' then lines.source_id end as converted_unit,
        from {{ to_rate(ref('draft_lines')) }} as lines
        inner join {{ ref('draft_headers') }} as headers using (invoice_id)
        cross join {{ source('inputs', 'run') }} as run
        union all by name
        select
            headers.status, headers.issue_on, headers.contract_id, lines.*, headers.price_book,
            lines.service_end as seen_before,
            case when lines.line_type = 'unit_conversion' then lines.source_id end as converted_unit,
        from {{ source('ledger', 'invoice_lines') }} as lines
        inner join {{ to_rate(source('ledger', 'invoices')) }} as headers using (invoice_id)
        where lines.invoice_id in ({{ invoices_laid_out() }})
    )
{% endset %}
{% set breakdowns %}
    (
        select invoice_id, line_number, presentation_group, amount
        from {{ to_rate(ref('draft_line_breakdowns')) }}
        union all
        select invoice_id, line_number, presentation_group, amount
        from {{ source('ledger', 'invoice_line_breakdowns') }}
        where invoice_id in ({{ invoices_laid_out() }})
    )
{% endset %}

with parts as materialized (
    {{ line_parts(lines, breakdowns, '(' ~ applications_of_lines() ~ ')') }}
),

usage as not materialized (
    {{ usage_by_group(to_rate(ref('metric_values'))) }}
),

weights as materialized (
    {{ day_weights('parts', 'usage') }}
)

select * from (
    {{ line_days('parts', 'weights', at_once=true) }}
)
