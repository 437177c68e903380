-- one row per invoice that this run makes final
-- S-45: numbers continue the one series, in the order of issue date, contract and invoice, for
-- invoices that have lines; one that comes to 0 has none if its contract says so (zero_invoices). The
-- ledger takes what stands here as it is, in one commit, with its lines,
-- breakdowns and slices from the models that have them; `earliest_period` is the first that it bills.
with due as (
    select * from {{ to_rate(ref('draft_invoices')) }} where is_due
),

due_periods as (
    select contract_id, period_key as carried_on from due
),

last_number as (
    select coalesce(max({{ number_of_invoice('invoice_number') }}), 0) as number
    from {{ source('ledger', 'invoices') }}
),

numbered as (
    select
        due.invoice_id,
        {{ invoice_number(
            'last_number.number + row_number() over (order by ' ~ invoice_number_order('due') ~ ')'
        ) }} as invoice_number,
    from due
    cross join last_number
    left join {{ source('price_book', 'contracts') }} as contracts
        on due.price_book = contracts.price_book
        and due.contract_id = contracts.contract_id
    where due.line_count > 0
        and (due.total <> 0 or contracts.zero_invoices is distinct from 'skip')
),

-- S-47: the metric versions behind an invoice, each with the SHA-256 of its SQL; few sets are different
versions as (
    select distinct
        metric,
        metric_version,
        checksum,
        dense_rank() over (order by metric, metric_version) as place,
    from {{ ref('billable_metrics') }}
),

slices as (
    select
        records.contract_id,
        records.carried_on,
        min(records.period_start) as period_start,
        list_sort(list(distinct versions.place) filter (where versions.place is not null)) as places,
    from {{ to_rate(ref('slice_records')) }} as records
    semi join due_periods using (contract_id, carried_on)
    left join versions using (metric, metric_version)
    group by all
),

metrics_used as (
    select
        used.places,
        to_json(map_from_entries(list(
            struct_pack(k := metric || ' v' || metric_version, v := checksum) order by versions.place
        )))::varchar as checksums,
    from (select places, unnest(places) as place from (select distinct places from slices)) as used
    inner join versions using (place)
    group by all
)

select
    due.* exclude (is_due, line_count),
    numbered.invoice_number,
    run.log_version,
    run.code_version,
    least(due.period_start, slices.period_start) as earliest_period,
    coalesce(metrics_used.checksums, '{}') as metric_checksums,
from due
cross join {{ source('inputs', 'run') }} as run
left join numbered using (invoice_id)
left join slices on due.contract_id = slices.contract_id and due.period_key = slices.carried_on
left join metrics_used on slices.places = metrics_used.places
