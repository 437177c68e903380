{# S-80: the parts of lines, each shared out over its days, and what balances paid of the line over all that
   is charged for it. In minor units by the largest-remainder method (of equal remainders the first day
   gets the unit), so days add up to the part, and what is paid on them to what is paid of the line.
   Of a line whose metric adds up a day has the part of its usage; where all of it is zero, and of other
   lines, each day the same. `parts`: of line_parts(); `weights`: of day_weights().
   `at_once`: no condition on the rows comes from outside. Then what balances paid nothing of goes past the
   second sharing, of a table that conditions would not get through. #}
{% macro line_days(parts, weights, at_once=false) %}
    with days as (
        select
            *,
            (last_before - first_day)::bigint as part_count,
            unnest(generate_series(first_day, last_before - 1, interval 1 day))::date as service_on,
        from {{ parts }}
    ),

    weighed as (
        select days.*, coalesce(weights.weight, 0)::hugeint as raw_part
        from days
        left join {{ weights }} as weights using ({{ whole_part() }}, service_on)
    ),

    totals as (
        select *, sum(raw_part) over whole_part as raw_total
        from weighed
        window whole_part as (partition by {{ whole_part() }})
    ),

    divided as (
        select *
        from {{ with_proportional_share(part_of_whole('totals'), 'amount', 'minor_amount', 'part', 'whole') }}
    ),

    amounts as {{ '' if at_once else 'not ' }}materialized (
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
        {{ 'where minor_paid <> 0' if at_once }}
        window whole_line as (partition by {{ whole_line() }})
    ),

    paid as (
        select *
        from {{ with_proportional_share(part_of_whole('line_totals'), 'paid', 'minor_paid', 'part', 'whole') }}
    ),

    shared_out as (
        select
            *,
            {{ handed_out(
                'paid', 'minor_paid', 'whole_line', 'service_on, product_id, pricing_group, presentation_group'
            ) }} as minor_paid_by_balances,
        from paid
        window whole_line as (partition by {{ whole_line() }})
        {% if at_once %}
            union all by name
            select *, 0 as minor_paid_by_balances from amounts where minor_paid = 0
        {% endif %}
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
