{# S-80: the parts of lines, each shared out over its days, and what balances paid of the line over all that
   is charged for it. In minor units by the largest-remainder method (of equal remainders the first day
   gets the unit), so days add up to the part, and what is paid on them to what is paid of the line.
   Of a line whose metric adds up a day has the part of its usage; where all of it is zero, and of other
   lines, each day the same. `parts`: of line_parts(); `usage`: of usage_by_group(). #}
{% macro line_days(parts, usage) %}
    with days as (
        select
            *,
            unnest(generate_series(first_day, last_before - 1, interval 1 day))::date as service_on,
        from {{ parts }}
        where minor_amount <> 0 or minor_paid <> 0
    ),

    weighed as (
        select days.*, coalesce(sum({{ to_scaled('usage.quantity') }}), 0)::hugeint as raw_part
        from days
        left join {{ usage }} as usage
            on days.contract_id = usage.contract_id
            and days.metric = usage.metric
            and days.metric_version = usage.metric_version
            and days.pricing_group = usage.pricing_group
            and days.presentation_group = usage.presentation_group
            and days.service_on = usage.service_on
        group by all
    ),

    totals as (
        select
            *,
            sum(raw_part) over whole_part as raw_total,
            count(*) over whole_part as part_count,
        from weighed
        window whole_part as (partition by {{ whole_part() }})
    ),

    divided as (
        select *, {{ proportional_share('amount', 'minor_amount', 'part', 'whole') }}
        from (select *, {{ part_of_whole() }} from totals)
    ),

    amounts as (
        select
            * exclude (minor_amount, raw_part, raw_total, part_count, part, whole),
            {{ handed_out('amount', 'minor_amount', 'whole_part', 'service_on') }} as minor_amount,
        from divided
        window whole_part as (partition by {{ whole_part() }})
    ),

    line_totals as (
        select
            *,
            minor_amount as raw_part,
            sum(minor_amount) over whole_line as raw_total,
            count(*) over whole_line as part_count,
        from amounts
        window whole_line as (partition by {{ whole_line() }})
    ),

    paid as (
        select *, {{ proportional_share('paid', 'minor_paid', 'part', 'whole') }}
        from (select *, {{ part_of_whole() }} from line_totals)
    ),

    shared_out as (
        select
            *,
            {{ handed_out(
                'paid', 'minor_paid', 'whole_line', 'service_on, product_id, pricing_group, presentation_group'
            ) }} as minor_paid_by_balances,
        from paid
        window whole_line as (partition by {{ whole_line() }})
    )

    select
        contract_id,
        service_on,
        invoice_id,
        line_number,
        line_type,
        product_id,
        product_name,
        pricing_group,
        presentation_group,
        pricing_unit,
        {{ minor_as_amount('minor_amount') }} as amount,
        {{ minor_as_amount('minor_paid_by_balances') }} as paid_by_balances,
        status,
        issue_on,
    from shared_out
    where minor_amount <> 0 or minor_paid_by_balances <> 0
{% endmacro %}

{# With the invoice's status and date, so that a condition on them is met before anything is shared out. #}
{% macro whole_line() -%} status, issue_on, invoice_id, line_number {%- endmacro %}

{% macro whole_part() -%}
    {{ whole_line() }}, product_id, pricing_group, presentation_group, first_day, last_before
{%- endmacro %}

{# What a row weighs of all: `raw_part` of `raw_total`, or one of `part_count` where that is zero. #}
{% macro part_of_whole() -%}
    case when raw_total = 0 then part_count else abs(raw_total) end::hugeint as whole,
    case when raw_total = 0 then 1 else raw_part * sign(raw_total) end::hugeint as part
{%- endmacro %}
