-- one row per thing that is invoiced and differs from what the price book says of it now
-- S-44: an edit never changes what is final, and none vanishes. A subscription is compared per billing
-- period, on its first line there, with all that is invoiced of it; an increase is invoiced by itself
-- and is no difference. Lines that the price book of this run made itself agree with it.
-- Days that an end to come will give back (S-35a) are none either, until that day.
-- A view: what becomes final in this run counts as invoiced when it is read.
{{ config(materialized='view') }}

with invoiced_subscriptions as (
    select
        lines.contract_id,
        lines.subscription_id as object_id,
        coalesce(periods.period_start, lines.service_start) as period_start,
        arg_min(lines.invoice_id, (lines.service_start, lines.invoice_id, lines.line_number)) as invoice_id,
        arg_min(lines.line_number, (lines.service_start, lines.invoice_id, lines.line_number)) as line_number,
        -- days given back (S-35a) are days that the price book does not charge, if it counts days
        sum(lines.amount) filter (where not lines.is_refund or coalesce(known.prorated, true))::decimal(20, 4)
            as invoiced,
        count(*) as parts,
        -- what an end to come will give back, apart from what is given back already
        greatest(
            sum(refunds.amount) + coalesce(sum(lines.amount) filter (where lines.is_refund), 0), 0
        )::decimal(20, 4) as to_come,
        count(refunds.amount) as parts_to_come,
        known.subscription_id is not null as is_known,
        list_sort(list(distinct lines.product_id)) as products,
        string_agg(
            {{ plain_number('lines.quantity') }} || ' × ' || {{ plain_number('lines.unit_price') }} || ' '
            || lines.product_id || ', ' || lines.service_start || ' to ' || lines.service_end, '; '
            order by lines.service_start, lines.invoice_id, lines.line_number
        ) as invoiced_terms,
        bool_or(lines.price_book <> run.price_book) as is_compared,
    from {{ ref('invoiced_subscriptions') }} as lines
    cross join {{ source('inputs', 'run') }} as run
    -- of a contract that ended inside its period, what it gives back lies after that
    left join {{ ref('billing_periods') }} as periods
        on lines.contract_id = periods.contract_id
        and lines.service_start >= periods.period_start
        and lines.service_start < case when lines.is_refund then periods.full_period_end else periods.period_end end
    left join {{ source('price_book', 'subscriptions') }} as known
        on run.price_book = known.price_book
        and lines.subscription_id = known.subscription_id
        and lines.contract_id = known.contract_id
    left join {{ ref('refunds_to_come') }} as refunds
        on lines.invoice_id = refunds.invoice_id
        and lines.line_number = refunds.line_number
    where not lines.is_void and lines.subscription_id is not null
    group by all
),

stated_subscriptions as (
    select
        stated.contract_id,
        stated.subscription_id as object_id,
        stated.period_start,
        sum(stated.amount)::decimal(20, 4) as price_book,
        count(*) as parts,
        list_sort(list(distinct stated.product_id)) as products,
        max(stated.decimals) as decimals,
        string_agg(
            {{ plain_number('stated.quantity') }} || ' × ' || {{ plain_number('stated.unit_price') }} || ' '
            || stated.product_id || ', ' || stated.part_start || ' to ' || stated.part_end, '; '
            order by stated.part_start
        ) as price_book_terms,
    from {{ ref('stated_subscriptions') }} as stated
    group by all
),

subscriptions as (
    select
        invoiced.* exclude (period_start, parts, to_come, parts_to_come, products, is_compared, is_known),
        case
            when invoiced.is_known then coalesce(stated.price_book, 0)::decimal(20, 4)
        end as price_book,
        stated.price_book_terms,
    from invoiced_subscriptions as invoiced
    -- of a held contract nothing is computed (S-52), which is no difference
    semi join {{ ref('billed_contracts') }} using (contract_id)
    left join stated_subscriptions as stated
        on invoiced.contract_id = stated.contract_id
        and invoiced.object_id = stated.object_id
        and invoiced.period_start = stated.period_start
    where invoiced.is_compared
        and (
            (stated.price_book is null and not (invoiced.is_known and invoiced.invoiced = 0))
            or invoiced.products <> stated.products
            -- Each part was rounded: of as many parts the sums agree exactly, of others almost.
            or 2 * abs(invoiced.invoiced - coalesce(invoiced.to_come, 0) - stated.price_book) > case
                when invoiced.parts + invoiced.parts_to_come = stated.parts then 0
                else (invoiced.parts + invoiced.parts_to_come + stated.parts) * case stated.decimals
                    when 0 then 1 when 1 then 0.1 when 2 then 0.01 when 3 then 0.001 else 0.0001
                end::decimal(5, 4)
            end::decimal(20, 4)
        )
)

select contract_id, invoice_id, line_number, object_id, invoiced, price_book, invoiced_terms, price_book_terms
from subscriptions
union all
select contract_id, invoice_id, line_number, object_id, invoiced, price_book, invoiced_terms, price_book_terms
from {{ ref('changed_charges') }}
union all
select contract_id, invoice_id, line_number, object_id, invoiced, price_book, invoiced_terms, price_book_terms
from {{ ref('changed_limits') }}
