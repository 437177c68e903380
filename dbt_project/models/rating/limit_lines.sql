-- one row per minimum or cap with a line on an open invoice: what it comes to, less what is billed of it
-- S-57. A minimum finds what the caps leave; it waits for the end of its period, and one on everything counts
-- the lines of the narrower ones. Of a final period the difference is a line of the invoice that carries its
-- late lines.
with left_over as (
    select contract_id, period_start, product_id, sum(remaining) as amount
    from (
        select * from {{ ref('cap_passes') }}
        qualify place = max(place) over (partition by contract_id, period_start)
    )
    group by all
),

missing as (
    select
        limits.contract_id, limits.period_start, limits.limit_id, limits.is_of_everything, limits.amount as lowest,
        coalesce(sum(left_over.amount), 0) as counted,
    from {{ ref('limits_in_force') }} as limits
    inner join {{ source('inputs', 'run') }} as run on run.as_of >= limits.period_end
    left join {{ ref('limited_products') }} as products using (contract_id, period_start, place)
    left join left_over
        on limits.contract_id = left_over.contract_id
        and limits.period_start = left_over.period_start
        and products.product_id = left_over.product_id
    where limits.line_type = 'minimum'
    group by all
),

due as (
    select passes.contract_id, passes.period_start, limits.limit_id, limits.line_type, -sum(passes.taken) as amount
    from {{ ref('cap_passes') }} as passes
    inner join {{ ref('limits_in_force') }} as limits using (contract_id, period_start, place)
    group by all
    union all
    select
        contract_id, period_start, limit_id, 'minimum' as line_type,
        greatest(lowest - counted - case
            when is_of_everything then coalesce(sum(greatest(lowest - counted, 0)) filter (where not is_of_everything)
                over (partition by contract_id, period_start), 0)
            else 0
        end, 0) as amount,
    from missing
),

billed as (
    select
        periods.contract_id, periods.period_start, lines.source_id as limit_id, lines.line_type,
        sum(lines.amount) as amount,
        arg_max(
            struct_pack(product_id := lines.product_id, product_name := lines.product_name),
            (carriers.sequence, lines.line_number)
        ) as last_line,
    from {{ final_lines_of(ref('rated_periods'), "('cap', 'minimum')") }}
    group by all
),

compared as (
    select
        contract_id, period_start, limit_id, line_type,
        coalesce(limits.product_id, billed.last_line.product_id) as product_id,
        coalesce(limits.product_name, billed.last_line.product_name) as product_name,
        {{ to_amount('coalesce(due.amount, 0) - coalesce(billed.amount, 0)') }} as amount,
    from due
    full outer join billed using (contract_id, period_start, limit_id, line_type)
    left join {{ ref('limits_in_force') }} as limits using (contract_id, period_start, limit_id, line_type)
)

select
    periods.price_book,
    compared.contract_id,
    case when periods.is_late then carriers.carried_on else periods.period_start end as period_start,
    compared.line_type,
    compared.product_id,
    compared.product_name,
    periods.period_start as service_start,
    periods.period_end as service_end,
    {{ amount_as_quantity('compared.amount') }} as quantity,
    {{ amount_as_unit_price('compared.amount') }} as unit_price,
    unit_price as list_unit_price,
    compared.amount,
    compared.amount as list_amount,
    periods.currency as pricing_unit,
    units.decimals,
    periods.corrects_invoice_id,
    compared.limit_id as source_id,
from compared
inner join {{ ref('rated_periods') }} as periods using (contract_id, period_start)
inner join {{ source('price_book', 'pricing_units') }} as units
    on periods.price_book = units.price_book
    and periods.currency = units.pricing_unit
left join {{ ref('late_carriers') }} as carriers using (contract_id)
-- a final period without late lines stays as it is
left join (select distinct contract_id, period_start from {{ ref('changed_groups') }}) as changed
    using (contract_id, period_start)
where compared.amount <> 0 and (not periods.is_late or changed.contract_id is not null)
