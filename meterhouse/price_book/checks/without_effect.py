"""Rows that can never have an effect, or that mislead: warnings, with which a run goes on.

Nothing is billed wrongly by them; but whoever wrote the row expects something that will not come.
"""

from meterhouse.price_book.checks.rule import Rule

# Products that a row names by id or by tag; `{table}` has `file_row`, `{product}` and `{tag}`.
_NAMED = """
    select {table}.*, products.product_id as named_id, products.type as named_type
    from {table}
    inner join products on {table}.{product} = products.product_id
    union all
    select {table}.*, products.product_id as named_id, products.type as named_type
    from {table}
    inner join (select *, unnest(tags) as tag_carried from products) as products
        on {table}.{tag} = products.tag_carried
"""


def _named(table: str, product: str, tag: str) -> str:
    return _NAMED.format(table=table, product=product, tag=tag)


def _outside(name: str, table: str, what: str, consequence: str, step: str) -> Rule:
    """A row of a contract, valid for a time, of which no day is one of the contract's."""
    source = f"{table} as dated"
    owner = "dated"
    if table == "commit_access":
        source = "commit_access as dated inner join commits on dated.commit_id = commits.commit_id"
        owner = "commits"
    return Rule(
        name,
        table,
        "starting_on",
        f"""
        select
            dated.file_row, dated.starting_on, contracts.contract_id,
            contracts.starting_on as contract_start,
            coalesce(contracts.ending_before::varchar, 'open') as contract_end
        from {source}
        inner join contracts on {owner}.contract_id = contracts.contract_id
        where not share_a_day(
            dated.starting_on, dated.ending_before, contracts.starting_on, contracts.ending_before
        )
        """,
        f"{what} lies outside its contract '{{contract_id}}' ({{contract_start}} to"
        f" {{contract_end}}): {consequence}.",
        step,
    )


_MOVE = "Correct the dates, or remove the row."

WARNINGS = (
    Rule(
        "override_of_fixed_product",
        "contract_overrides",
        "product_id",
        f"""
        with named as ({_named("contract_overrides", "product_id", "tag")})

        select file_row, override_type, min(named_id) as named_id
        from named
        group by file_row, override_type
        having bool_and(named_type = 'fixed')
        """,
        "'{named_id}' is a fixed product: it has no rate, so the {override_type} changes nothing"
        " (S-32, S-33).",
        "Write the price in scheduled_charges or commit_invoices, and remove the row.",
    ),
    Rule(
        "commit_covers_nothing",
        "commit_applies_to",
        "product_id",
        f"""
        with named as ({_named("commit_applies_to", "product_id", "tag")}),

        arrears as (
            select distinct contract_id, product_id from subscriptions where collection = 'arrears'
        ),

        sold as (select distinct rate_card_id, product_id from rates),

        found as (
            select
                named.file_row, named.commit_id, named.named_id, commits.type,
                contracts.contract_id,
                (named.named_type in ('usage', 'composite') and sold.product_id is not null)
                or arrears.product_id is not null as is_covered
            from named
            inner join commits on named.commit_id = commits.commit_id
            inner join contracts on commits.contract_id = contracts.contract_id
            left join sold
                on contracts.rate_card_id = sold.rate_card_id and named.named_id = sold.product_id
            left join arrears
                on
                    contracts.contract_id = arrears.contract_id
                    and named.named_id = arrears.product_id
        )

        select
            min(file_row) as file_row, commit_id, contract_id, type,
            list_sort(list(distinct named_id)) as products
        from found
        where commit_id not in (
            select commit_id from commit_applies_to
            where product_id is null and tag is null and commit_id is not null
        )
        group by commit_id, contract_id, type
        having not bool_or(is_covered)
        """,
        "The {type} commit '{commit_id}' applies to {products} alone, and contract '{contract_id}'"
        " has no line of that which a balance may pay: usage, a subscription in arrears or a"
        " composite (S-38).",
        "Name a product that is charged on usage invoices, or charge the subscription in arrears.",
    ),
    Rule(
        "composite_of_nothing",
        "composite_products",
        "applies_to_product_id",
        f"""
        with named as (
            {_named("composite_products", "applies_to_product_id", "applies_to_tag")}
        ),

        collected as (
            select product_id, bool_or(collection = 'arrears') as in_arrears
            from subscriptions
            group by product_id
        )

        select
            named.file_row, named.product_id as composite_id,
            list_sort(list(distinct named.named_id)) as products
        from named
        left join collected on named.named_id = collected.product_id
        group by named.file_row, named.product_id
        having bool_and(
            named.named_type = 'fixed'
            or (named.named_type = 'subscription' and collected.in_arrears is false)
        )
        """,
        "'{composite_id}' is a percentage of lines on usage invoices, and {products} is charged in"
        " advance, on scheduled ones: nothing comes of it (S-29, S-34).",
        "Charge the subscription in arrears, name other products, or sell the fee as a"
        " subscription.",
    ),
    Rule(
        "quantity_after_end",
        "subscription_quantities",
        "effective_on",
        """
        select
            changes.file_row, changes.effective_on, subscriptions.subscription_id,
            least(
                end_or_never(subscriptions.ending_before), end_or_never(contracts.ending_before)
            ) as ends_on
        from subscription_quantities as changes
        inner join subscriptions on changes.subscription_id = subscriptions.subscription_id
        inner join contracts on subscriptions.contract_id = contracts.contract_id
        where changes.effective_on >= least(
            end_or_never(subscriptions.ending_before), end_or_never(contracts.ending_before)
        )
        """,
        "'{subscription_id}' ends before {ends_on}, so a quantity from {effective_on} on is never"
        " charged (S-34).",
        "Correct the date or the end, or remove the row.",
    ),
    Rule(
        "refund_in_arrears",
        "subscriptions",
        "refund_unused",
        """
        select file_row, subscription_id from subscriptions
        where refund_unused and collection = 'arrears'
        """,
        "'{subscription_id}' is charged in arrears, for days that were used: it never gives any"
        " back (S-35a).",
        "Leave the cell empty, or charge the subscription in advance.",
    ),
    _outside(
        "override_outside_contract", "contract_overrides", "The override",
        "it changes no price (S-32)", _MOVE,
    ),
    _outside(
        "access_outside_contract", "commit_access", "The segment",
        "its balance can never be used (S-38)", _MOVE,
    ),
    _outside(
        "limit_outside_contract", "period_limits", "The minimum or cap",
        "it counts in no period (S-57)", _MOVE,
    ),
    _outside(
        "subscription_outside_contract", "subscriptions", "The subscription",
        "it is never charged (S-34)", _MOVE,
    ),
    _outside(
        "threshold_outside_contract", "thresholds", "The threshold",
        "it never acts (S-58)", _MOVE,
    ),
    Rule(
        "charge_outside_contract",
        "scheduled_charges",
        "charge_on",
        """
        select
            charges.file_row, charges.charge_on, contracts.contract_id,
            contracts.starting_on as contract_start,
            coalesce(contracts.ending_before::varchar, 'open') as contract_end
        from scheduled_charges as charges
        inner join contracts on charges.contract_id = contracts.contract_id
        where charges.charge_on < contracts.starting_on
            or charges.charge_on >= end_or_never(contracts.ending_before)
        """,
        "{charge_on} lies outside contract '{contract_id}' ({contract_start} to {contract_end});"
        " the charge is invoiced on its date all the same (S-36).",
        "If that is meant, nothing is to do; else correct the date.",
    ),
)  # fmt: skip

# `metrics` has `adds_up`: whether its rows of several groups may be added.
METRIC_WARNINGS = (
    Rule(
        "sum_of_what_does_not_add_up",
        "products",
        "pricing_group_keys",
        """
        select
            products.file_row, products.product_id, metrics.metric, metrics.version,
            list_filter(
                metrics.group_keys,
                lambda name: not list_contains(products.pricing_group_keys, name)
            ) as added
        from products
        inner join product_metrics on products.product_id = product_metrics.product_id
        inner join metrics
            on
                product_metrics.metric = metrics.metric
                and product_metrics.version = metrics.version
        where not metrics.adds_up and added <> []
        group by all
        """,
        "'{product_id}' is not priced by {added}, so the values of {metric} version {version} for"
        " each {added} are added up; a ratio, a percentile or a number of distinct things does not"
        " add up: two shares of 0.9 would be billed as 1.8 (S-11).",
        "Add {added} to pricing_group_keys, or point the product at a metric that does not group"
        " by it.",
    ),
)
