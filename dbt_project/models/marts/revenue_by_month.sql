-- one row per month, currency, account, product and kind of entry: what was earned (S-81)
{{ config(materialized='view') }}

select
    entries.month,
    entries.currency,
    entries.account,
    max(entries.account_name) as account_name,
    entries.product_id,
    entries.entry_type,
    {{ to_amount('sum(entries.credit - entries.debit)') }} as revenue,
    -- of it for services of earlier months: late usage, voids, corrections
    {{ to_amount(
        'coalesce(sum(entries.credit - entries.debit) filter (where entries.service_month < entries.month), 0)'
    ) }}
        as of_earlier_months,
    entries.is_closed,
from {{ ref('journal_entries') }} as entries
where entries.account_role in ('revenue', 'breakage')
group by all
