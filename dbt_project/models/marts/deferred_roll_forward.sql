-- one row per month, currency and account: what customers paid ahead and is not earned yet (S-81, S-83)
-- opening + billed - drawn - expired = closing
{{ config(materialized='view') }}

{{ roll_forward('deferred_revenue', -1, {
    'billed': "'purchase', 'subscription_invoice'", 'earned': "'drawdown', 'subscription'", 'lapsed': "'breakage'"
}) }}

select
    balances.month,
    balances.currency,
    balances.account,
    balances.account_name,
    {{ to_amount('balances.closing - balances.change') }} as opening,
    {{ to_amount('balances.billed') }} as billed,
    {{ to_amount('-balances.earned') }} as drawn,
    {{ to_amount('-balances.lapsed') }} as expired,
    {{ to_amount('balances.closing') }} as closing,
    closed.month is not null as is_closed,
from balances
left join {{ source('inputs', 'closed_months') }} as closed using (month)
