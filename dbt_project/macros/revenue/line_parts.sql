{# The parts of lines that are shared out over days: what is charged for it, what balances paid of the
   whole line, and over which days, by the usage of which metric (null: evenly).
   A usage line has a part per presentation group (S-20); a conversion one per line that it converts, so
   that money of a custom unit is seen by product and on the days of its usage; other lines have one.
   Coverage is said of the lines that it pays for. Invoices of earlier releases do not say of which:
   then its line stays, with nothing charged.
   `lines`: what is charged, with `seen_before`, the day up to which days are known. Nothing here but
   `lines` is read whole, so that a condition on its invoices or their date reads these alone. #}
{% macro line_parts(lines, breakdowns, applications) %}
    with covered as (
        select invoice_id, line_number, sum(amount) as paid from {{ applications }} group by all
    ),

    adding as (
        select distinct metric, metric_version from {{ ref('billable_metrics') }} where rollup = 'sum'
    ),

    charged as not materialized (
        select
            lines.* exclude (metric, amount, service_end),
            coalesce(units.decimals, 4) as decimals,
            case when lines.line_type in ('usage', 'late_usage') then adding.metric end as metric,
            case when lines.line_type = 'commit_applied' then 0 else lines.amount end::decimal(20, 4) as amount,
            coalesce(covered.paid, case when lines.line_type = 'commit_applied' then -lines.amount end, 0)
                ::decimal(20, 4) as paid,
            -- A sum so far is of the days so far; a subscription is charged ahead of its days, and an average,
            -- a maximum or a level for the whole of them: else the first days of a period would look dear.
            greatest(
                case
                    when lines.line_type = 'subscription'
                        or (lines.line_type in ('usage', 'late_usage') and adding.metric is null)
                        then lines.service_end
                    else least(lines.service_end, lines.seen_before)
                end,
                lines.service_start + 1
            )::date as last_before,
        from {{ lines }} as lines
        left join {{ source('price_book', 'pricing_units') }} as units using (price_book, pricing_unit)
        left join adding using (metric, metric_version)
        left join covered using (invoice_id, line_number)
        where lines.line_type <> 'commit_applied'
            or lines.invoice_id not in (select invoice_id from covered)
    ),

    converted as (
        select
            conversions.* exclude (product_id, product_name, pricing_group, metric, metric_version),
            lines.product_id,
            lines.product_name,
            coalesce(lines.pricing_group, '{}') as pricing_group,
            lines.metric,
            lines.metric_version,
            coalesce(lines.service_start, conversions.service_start) as first_day,
            coalesce(lines.last_before, conversions.last_before) as part_last_before,
            sum(coalesce(lines.amount - lines.paid, 1))::decimal(38, 4) as weight,
        from charged as conversions
        left join charged as lines
            on conversions.status = lines.status
            and conversions.issue_on = lines.issue_on
            and conversions.invoice_id = lines.invoice_id
            and conversions.converted_unit = lines.pricing_unit
            and conversions.corrects_invoice_id is not distinct from lines.corrects_invoice_id
        where conversions.line_type = 'unit_conversion'
        group by all
    ),

    totals as (
        select
            *,
            (weight * 10000)::hugeint as raw_part,
            {{ to_minor('amount') }} as amount_total,
            sum((weight * 10000)::hugeint) over whole_line as raw_total,
            count(*) over whole_line as part_count,
        from converted
        window whole_line as (partition by {{ whole_line() }})
    ),

    shares as (
        select *
        from {{ with_proportional_share(part_of_whole('totals'), 'amount', 'amount_total', 'part', 'whole') }}
    ),

    parts as (
        select
            {{ line_part_columns() }},
            service_start as first_day,
            last_before,
            coalesce(presentation_group, '{}') as presentation_group,
            {{ to_minor('coalesce(part_amount, amount)') }} as minor_amount,
        from charged
        left join (
            select invoice_id, line_number, presentation_group, amount as part_amount from {{ breakdowns }} as given
        ) as parts using (invoice_id, line_number)
        where line_type <> 'unit_conversion'
        union all
        select
            {{ line_part_columns() }},
            first_day,
            part_last_before as last_before,
            '{}' as presentation_group,
            {{ handed_out(
                'amount', 'amount_total', 'whole_line', 'product_id, pricing_group, first_day, part_last_before'
            ) }} as minor_amount,
        from shares
        window whole_line as (partition by {{ whole_line() }})
    )

    select
        *,
        row_number() over (
            partition by status, issue_on
            order by invoice_id, line_number, product_id, pricing_group, presentation_group, first_day, last_before
        ) as part_number,
    from parts
    where minor_amount <> 0 or minor_paid <> 0
{% endmacro %}
