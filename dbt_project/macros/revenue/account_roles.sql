{# Which account stands for what: the standard ones, or those of accounts.csv (S-81). #}
{% macro account_roles() %}
    select roles.role, coalesce(accounts.account, roles.account) as account, coalesce(accounts.name, roles.name) as name,
    from (
        values
            ('receivable', '1200', 'Accounts receivable'),
            ('unbilled_receivable', '1210', 'Unbilled receivables'),
            ('deferred_revenue', '2400', 'Deferred revenue'),
            ('revenue', '4000', 'Revenue'),
            ('breakage', '4900', 'Breakage revenue')
    ) as roles (role, account, name)
    cross join {{ source('inputs', 'run') }} as run
    left join {{ source('price_book', 'accounts') }} as accounts using (price_book, role)
{% endmacro %}

{# What each kind of entry moves: debit and credit. #}
{% macro entry_roles() %}
    (
        values
            ('purchase', 'receivable', 'deferred_revenue'),
            ('subscription_invoice', 'receivable', 'deferred_revenue'),
            ('invoice', 'receivable', 'unbilled_receivable'),
            ('usage', 'unbilled_receivable', 'revenue'),
            ('subscription', 'deferred_revenue', 'revenue'),
            ('drawdown', 'deferred_revenue', 'revenue'),
            ('breakage', 'deferred_revenue', 'breakage')
    )
{% endmacro %}
