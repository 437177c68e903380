-- one row per subscription, billing period and date in it from which a quantity is charged, that no
-- final invoice carries yet
-- S-35: what is in force at the start of the covered part is charged whole; a change after that only
-- for what exceeds the highest quantity so far, so a decrease waits for the next period. S-44: what is
-- invoiced in the period counts whatever has become of its dates, so an edit never charges it again; a
-- row of subscription_quantities that reaches back is an increase, an edit of the quantity in the
-- subscription's own row is not (marts.ignored_changes has it).
with invoiced as (
    select
        subscription_id,
        service_start as part_start,
        coalesce(sum(quantity) filter (where not is_void), 0)::decimal(28, 10) as quantity,
        bool_and(is_void) as is_void,
    from {{ ref('invoiced_subscriptions') }}
    semi join {{ ref('subscription_terms') }} using (subscription_id)
    -- days that were given back (S-35a) were charged all the same, and are not charged again
    where not is_refund
    group by all
),

in_periods as (
    select
        periods.subscription_id, periods.period_start,
        sum(invoiced.quantity)::decimal(28, 10) as quantity,
    from (
        select distinct subscription_id, period_start, period_end from {{ ref('subscription_terms') }}
    ) as periods
    inner join invoiced
        on periods.subscription_id = invoiced.subscription_id
        and invoiced.part_start >= periods.period_start
        and invoiced.part_start < periods.period_end
    group by all
),

chargeable as (
    select
        terms.*,
        coalesce(in_periods.quantity, 0) as invoiced_in_period,
        coalesce(invoiced.quantity, 0) as invoiced_here,
        case
            when terms.is_first_quantity and invoiced_in_period > 0 and not coalesce(invoiced.is_void, false)
                then least(terms.stated_quantity, invoiced_in_period)
            else terms.stated_quantity
        end as quantity_so_far,
    from {{ ref('subscription_terms') }} as terms
    left join in_periods using (subscription_id, period_start)
    left join invoiced using (subscription_id, part_start)
),

increases as (
    select
        *,
        greatest(quantity_so_far - coalesce(max(quantity_so_far) over (
            partition by subscription_id, period_start
            order by part_start
            rows between unbounded preceding and 1 preceding
        ), 0), 0)::decimal(28, 10) as increase,
        greatest(increase - invoiced_here, 0) as missing,
    from chargeable
),

-- What is invoiced from other dates than the price book has now counts for the first that are missing.
charged as (
    select
        *,
        invoiced_in_period - sum(least(increase, invoiced_here)) over whole_period as elsewhere,
        sum(missing) over (whole_period order by part_start) as missing_so_far,
        greatest(least(missing, missing_so_far - elsewhere), 0)::decimal(28, 10) as quantity,
    from increases
    window whole_period as (partition by subscription_id, period_start)
)

select
    price_book,
    contract_id,
    customer_id,
    rate_card_id,
    currency,
    subscription_id,
    product_id,
    collection,
    collection = 'advance' or is_final as is_scheduled,
    period_start,
    period_end,
    is_final,
    part_start,
    part_end,
    quantity,
    charged_days,
    full_days,
from charged
where quantity > 0
    and (collection = 'advance' or not is_final or invoiced_in_period > 0)
