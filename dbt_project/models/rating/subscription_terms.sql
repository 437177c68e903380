-- one row per subscription, billing period and date in it from which the price book states a quantity
-- S-34, S-35: by the price book as it is now, as if nothing were invoiced. Periods in advance are all
-- that have begun; in arrears those that are open, and final ones that another price book made final:
-- what it charged is compared with what this one says (S-44).
with final_periods as (
    select contract_id, period_start, bool_or(invoices.price_book <> run.price_book) as is_compared
    from {{ to_rate(source('ledger', 'invoices')) }} as invoices
    cross join {{ source('inputs', 'run') }} as run
    where invoices.invoice_type = 'usage' and invoices.status = 'finalized'
    group by all
),

covered as (
    select
        periods.price_book,
        periods.contract_id,
        periods.customer_id,
        periods.rate_card_id,
        periods.currency,
        periods.period_start,
        periods.period_end,
        periods.is_final,
        (periods.full_period_end - periods.full_period_start)::integer as full_days,
        subscriptions.subscription_id,
        subscriptions.product_id,
        subscriptions.collection,
        subscriptions.prorated,
        subscriptions.quantity as first_quantity,
        greatest(periods.period_start, subscriptions.starting_on) as covered_from,
        least(periods.period_end, coalesce(subscriptions.ending_before, periods.period_end))
            as covered_to,
    from {{ to_rate(ref('billing_periods')) }} as periods
    inner join
        {{ source('price_book', 'subscriptions') }} as subscriptions
        using (price_book, contract_id)
    left join final_periods using (contract_id, period_start)
    where covered_from < covered_to
        and (
            subscriptions.collection = 'advance'
            or not periods.is_final
            or final_periods.is_compared
        )
),

quantities as (
    select
        covered.*,
        covered.covered_from as part_start,
        coalesce(changes.quantity, covered.first_quantity) as stated_quantity,
        changes.quantity is null as is_first_quantity,
    from covered
    asof left join {{ source('price_book', 'subscription_quantities') }} as changes
        on covered.price_book = changes.price_book
        and covered.subscription_id = changes.subscription_id
        and covered.covered_from >= changes.effective_on
    union all
    select
        covered.*,
        changes.effective_on as part_start,
        changes.quantity as stated_quantity,
        false as is_first_quantity,
    from covered
    inner join {{ source('price_book', 'subscription_quantities') }} as changes
        on covered.price_book = changes.price_book
        and covered.subscription_id = changes.subscription_id
        and covered.prorated
        and changes.effective_on > covered.covered_from
        and changes.effective_on < covered.covered_to
)

select
    quantities.* exclude (covered_from, covered_to, prorated, first_quantity, full_days),
    quantities.covered_to as part_end,
    case
        when quantities.prorated then quantities.covered_to - quantities.part_start
        else quantities.full_days
    end::integer as charged_days,
    quantities.full_days,
from quantities
inner join {{ source('inputs', 'run') }} as run on quantities.part_start <= run.as_of
