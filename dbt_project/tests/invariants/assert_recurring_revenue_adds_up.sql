-- What a customer's subscriptions and commitments come to by the month opens where it closed before, and
-- opening + new + expansion − contraction − churn = closing.
select *
from (
    select *, lag(closing, 1, 0) over (partition by customer_id, currency order by month) as closed_before
    from {{ ref('recurring_revenue') }}
    where customer_id in (
        select contracts.customer_id
        from {{ to_rate(source('price_book', 'contracts')) }} as contracts
    )
)
where opening <> closed_before
    or opening + new_amount + expansion - contraction - churn <> closing
