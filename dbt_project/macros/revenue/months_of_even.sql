{# Lines whose days are all worth the same, by month, up to the day `seen`: what line_days() would give, in
   closed form. Of equal remainders the first days get the units that are left (S-80). #}
{% macro months_of_even(lines, seen) %}
    select
        invoice_id, line_number, product_id,
        greatest(first_on, month)::date as first_on,
        least(last_on, last_day(month), {{ seen }})::date as last_on,
        (
            (least(last_on, last_day(month), {{ seen }}) - greatest(first_on, month) + 1) * each
            + least(left_over, least(last_on, last_day(month), {{ seen }}) - first_on + 1)
            - least(left_over, greatest(first_on, month) - first_on)
        )::hugeint as minor,
    from (
        select
            *,
            minor // (last_on - first_on + 1) - (minor % (last_on - first_on + 1) < 0)::integer as each,
            minor - (last_on - first_on + 1) * each as left_over,
            unnest(generate_series(
                date_trunc('month', first_on), least(last_on, {{ seen }})::timestamp, interval 1 month
            ))::date as month,
        from {{ lines }}
        where first_on <= {{ seen }}
    )
{% endmacro %}
