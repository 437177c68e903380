-- one row per line of an invoice that is not final, product, pricing and presentation group, and day
-- S-80: as the invoice stands; of usage the days so far.
{{ config(materialized='by_contract') }}
{% set lines %}
    (
        select
            'draft' as status, headers.issue_on, lines.*, headers.price_book, run.as_of::date + 1 as seen_before,
            case when lines.line_type = 'unit_conversion' then lines.source_id end as converted_unit,
        from {{ to_rate(ref('draft_lines')) }} as lines
        inner join {{ ref('draft_headers') }} as headers using (invoice_id)
        cross join {{ source('inputs', 'run') }} as run
    )
{% endset %}

with parts as materialized (
    {{ line_parts(lines, to_rate(ref('draft_line_breakdowns')), to_rate(ref('draft_applications'))) }}
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
