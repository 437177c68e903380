{# What goes back of what balances paid for slices, as the CTE `returned`; `open_slices` is a CTE of
   (contract_id, slice_key, net), the sum of each slice's lines on the open invoice.

   S-38: payments beyond what is then charged for the slice go back in reverse burn order. What a final
   true-up has counted goes first, in full; of the others never more than the open invoice takes back,
   so that no balance gets what an earlier release has given back as money. #}
{% macro returned_payments() %}
excesses as (
    select
        payments.*,
        case
            when payments.is_postpaid then slices.paid - slices.charged - open_slices.net
            else least(
                slices.paid_by_balances - slices.charged - open_slices.net, -open_slices.net
            )
        end as excess,
        coalesce(sum(payments.amount) over later_burned, 0) as returned_before,
    from {{ ref('slice_payments') }} as payments
    inner join {{ ref('final_slices') }} as slices using (contract_id, slice_key)
    inner join open_slices using (contract_id, slice_key)
    where payments.amount > 0
    window later_burned as (
        partition by payments.contract_id, payments.slice_key, payments.is_postpaid
        order by payments.burn_order desc
        rows between unbounded preceding and 1 preceding
    )
),

returned as (
    select
        contract_id, slice_key, commit_id, segment, burn_order,
        {{ to_amount('least(amount, excess - returned_before)') }} as amount,
    from excesses
    where excess > returned_before
)
{% endmacro %}
