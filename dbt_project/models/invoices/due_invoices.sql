-- one row per invoice that this run makes final, as the document that goes into the ledger
-- S-45: numbers continue the one series, in the order of issue date, contract and invoice, for
-- invoices that have lines. What stands here is appended as it is, in one commit.
with due as (
    select * from {{ ref('draft_invoices') }} where is_due
),

due_periods as (
    select contract_id, period_key as carried_on from due
),

last_number as (
    select coalesce(max(substr(invoice_number, 5)::bigint), 0) as number
    from {{ source('ledger', 'invoices') }}
),

numbered as (
    select
        due.invoice_id,
        printf('INV-%06d', last_number.number + row_number() over (
            order by due.issue_on, due.contract_id, due.invoice_id
        )) as invoice_number,
    from due
    cross join last_number
    where due.line_count > 0
),

breakdowns as (
    select
        invoice_id,
        line_number,
        list(struct_pack(presentation_group, quantity, amount) order by presentation_group) as breakdowns,
    from {{ ref('draft_line_breakdowns') }}
    semi join due using (invoice_id)
    group by all
),

lines as (
    select
        lines.invoice_id,
        {{ list_in_order('''struct_pack(
            line_number, line_type, product_id, product_name, metric, metric_version, pricing_group, tier,
            service_start, service_end, quantity, unit_price, list_unit_price, amount, list_amount,
            flat_fee, list_flat_fee, pricing_unit, rate_id, override_id, commit_id, segment,
            corrects_invoice_id, source_id, breakdowns := coalesce(breakdowns.breakdowns, [])
        )''', 'lines.line_number') }} as lines,
    from {{ ref('draft_lines') }} as lines
    semi join due using (invoice_id)
    left join breakdowns using (invoice_id, line_number)
    group by all
),

unrated as (
    select
        contract_id,
        carried_on,
        list(
            struct_pack(contract_id, product_id, period_start, pricing_group, quantity, reason)
            order by period_start, product_id, pricing_group, reason
        ) as unrated,
    from {{ ref('unrated_slices') }}
    semi join due_periods using (contract_id, carried_on)
    group by all
),

slices as (
    select
        contract_id,
        carried_on,
        {{ list_in_order('''struct_pack(
            contract_id, period_start, product_id, pricing_group, metric, metric_version, rate_id, override_id,
            service_start, service_end, raw_quantity, running_value, quantity, outcome
        )''', 'place') }} as slices,
        list_sort(list(distinct struct_pack(metric, metric_version))) as versions,
    from (
        select
            *,
            row_number() over (
                partition by contract_id, carried_on
                order by period_start, product_id, pricing_group, service_start
            ) as place,
        from {{ ref('slice_records') }}
        semi join due_periods using (contract_id, carried_on)
    )
    group by all
),

-- S-47: the metric versions behind an invoice, each with the SHA-256 of its SQL; few are different
metrics_used as (
    select
        versions,
        to_json(map_from_entries(list(
            struct_pack(k := metric || ' v' || metric_version, v := checksum) order by metric, metric_version
        )))::varchar as checksums,
    from (select versions, unnest(versions, recursive := true) from (select distinct versions from slices))
    inner join (select distinct metric, metric_version, checksum from {{ ref('billable_metrics') }})
        using (metric, metric_version)
    group by all
)

select
    due.* exclude (is_due, line_count, period_key),
    numbered.invoice_number,
    'finalized' as event,
    run.log_version,
    run.code_version,
    coalesce(lines.lines, []) as lines,
    coalesce(unrated.unrated, []) as unrated,
    coalesce(slices.slices, []) as slices,
    coalesce(metrics_used.checksums, '{}') as metric_checksums,
from due
cross join {{ source('inputs', 'run') }} as run
left join numbered using (invoice_id)
left join lines using (invoice_id)
left join unrated on due.contract_id = unrated.contract_id and due.period_key = unrated.carried_on
left join slices on due.contract_id = slices.contract_id and due.period_key = slices.carried_on
left join metrics_used on slices.versions = metrics_used.versions
