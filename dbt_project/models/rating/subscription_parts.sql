-- one row per subscription, billing period and date in it from which a quantity is charged, that no
-- final invoice carries yet
-- S-35: what is in force at the start of the covered part is charged whole; a change after that only
-- for what exceeds the highest quantity so far, so a decrease waits for the next period. Without
-- proration any started period costs the full price, and an increase waits too.
with covered as (
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
    from {{ ref('billing_periods') }} as periods
    inner join
        {{ source('price_book', 'subscriptions') }} as subscriptions
        using (price_book, contract_id)
    where covered_from < covered_to
        and (subscriptions.collection = 'advance' or not periods.is_final)
),

quantities as (
    select
        covered.*,
        covered.covered_from as part_start,
        coalesce(changes.quantity, covered.first_quantity) as quantity,
    from covered
    asof left join {{ source('price_book', 'subscription_quantities') }} as changes
        on covered.price_book = changes.price_book
        and covered.subscription_id = changes.subscription_id
        and covered.covered_from >= changes.effective_on
    union all
    select
        covered.*,
        changes.effective_on as part_start,
        changes.quantity,
    from covered
    inner join {{ source('price_book', 'subscription_quantities') }} as changes
        on covered.price_book = changes.price_book
        and covered.subscription_id = changes.subscription_id
        and covered.prorated
        and changes.effective_on > covered.covered_from
        and changes.effective_on < covered.covered_to
),

charged as (
    select
        *,
        (quantity - coalesce(max(quantity) over (
            partition by subscription_id, period_start
            order by part_start
            rows between unbounded preceding and 1 preceding
        ), 0))::decimal(28, 10) as charged_quantity,
    from quantities
),

invoiced as (
    select
        invoices.contract_id, lines.source_id as subscription_id, lines.service_start as part_start
    from {{ source('ledger', 'invoices') }} as invoices
    inner join {{ source('ledger', 'invoice_lines') }} as lines using (invoice_id)
    where invoices.invoice_type = 'scheduled'
        and invoices.status = 'finalized'
        and lines.line_type = 'subscription'
)

select
    charged.price_book,
    charged.contract_id,
    charged.customer_id,
    charged.rate_card_id,
    charged.currency,
    charged.subscription_id,
    charged.product_id,
    charged.collection,
    charged.period_start,
    charged.period_end,
    charged.is_final,
    charged.part_start,
    charged.covered_to as part_end,
    charged.charged_quantity as quantity,
    case
        when charged.prorated then charged.covered_to - charged.part_start else charged.full_days
    end::integer as charged_days,
    charged.full_days,
from charged
inner join {{ source('inputs', 'run') }} as run on charged.part_start <= run.as_of
anti join invoiced
    on charged.contract_id = invoiced.contract_id
    and charged.subscription_id = invoiced.subscription_id
    and charged.part_start = invoiced.part_start
    and charged.collection = 'advance'
where charged.charged_quantity > 0
