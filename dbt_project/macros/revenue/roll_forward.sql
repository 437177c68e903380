{# Of one role of accounts, by currency and account: each month from the first entry to the run's month, with
   the sums of `columns` (name → condition on the entry's type and sign) and what that leaves. `sign`: 1 where
   debits raise the balance, -1 where credits do. #}
{% macro roll_forward(role, sign, columns) %}
    with moved as (
        select month, currency, account, max(account_name) as account_name, entry_type,
            sum({{ sign }} * (debit - credit)) as amount,
        from {{ ref('journal_entries') }}
        where account_role = '{{ role }}'
        group by all
    ),

    accounts as (
        select currency, account, max(account_name) as account_name, min(month) as first_month, max(month) as last_month,
        from moved
        group by all
    ),

    months as (
        select
            accounts.currency, accounts.account, accounts.account_name,
            unnest(generate_series(
                accounts.first_month, greatest(accounts.last_month, date_trunc('month', run.as_of::date)),
                interval 1 month
            ))::date as month,
        from accounts
        cross join {{ source('inputs', 'run') }} as run
    ),

    summed as (
        select
            months.month, months.currency, months.account, months.account_name,
            {% for name, types in columns.items() %}
                coalesce(sum(moved.amount) filter (where moved.entry_type in ({{ types }})), 0) as {{ name }},
            {% endfor %}
            coalesce(sum(moved.amount), 0) as change,
        from months
        left join moved using (month, currency, account)
        group by all
    ),

    balances as (
        select *, sum(change) over (partition by currency, account order by month) as closing
        from summed
    )
{% endmacro %}
