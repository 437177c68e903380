{# Months of lines (`summed`) by what paid them: each commit its part, which over all months of the line comes
   to what it paid, and money the rest. #}
{% macro paid_and_left(summed, applications) %}
{% set said = 'contract_id, invoice_id, line_number, line_type, product_id, pricing_unit, service_month, month, service_from, service_to' %}
, shares as (
    select
        months.* exclude (minor),
        applications.commit_id as paid_by,
        {{ to_minor('applications.amount', 'months.decimals') }} as paid,
        case
            when line_minor = 0 then case when is_last then paid else 0 end
            when paid = line_minor then months.minor
            else
                {{ rounded_quotient('minor_so_far * paid', 'line_minor') }}
                - {{ rounded_quotient('(minor_so_far - months.minor) * paid', 'line_minor') }}
        end::hugeint as minor,
    from {{ summed }} as months
    inner join {{ applications }} as applications using (invoice_id, line_number)
)

select {{ said }}, paid_by, {{ minor_as_amount('minor') }} as amount,
from shares
where minor <> 0
union all
select {{ said }}, null::varchar as paid_by, {{ minor_as_amount('minor') }} as amount,
from (
    select {{ said }}, decimals, sum(minor)::hugeint as minor
    from (
        select {{ said }}, decimals, minor from {{ summed }}
        union all
        select {{ said }}, decimals, -minor from shares
    )
    group by all
)
where minor <> 0
{% endmacro %}
