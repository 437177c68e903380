-- one row per month, currency and account: what is earned and not invoiced yet (S-81, S-83)
-- opening + earned - invoiced = closing
{{ config(materialized='view') }}

{{ roll_forward('unbilled_receivable', 1, {'earned': "'usage'", 'billed': "'invoice'"}) }}

select
    balances.month,
    balances.currency,
    balances.account,
    balances.account_name,
    {{ to_amount('balances.closing - balances.change') }} as opening,
    {{ to_amount('balances.earned') }} as earned,
    {{ to_amount('-balances.billed') }} as invoiced,
    {{ to_amount('balances.closing') }} as closing,
    closed.month is not null as is_closed,
from balances
left join {{ source('inputs', 'closed_months') }} as closed using (month)
