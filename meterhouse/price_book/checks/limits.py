"""Minimums and caps of billing periods (S-57)."""

from meterhouse.price_book.checks.rule import Rule

# Two rows of one contract that count the same lines on one day.
_SAME_SCOPE = """
    from period_limits as earlier
    inner join period_limits as later
        on
            earlier.contract_id = later.contract_id
            and earlier.applies_to_product_id is not distinct from later.applies_to_product_id
            and earlier.applies_to_tag is not distinct from later.applies_to_tag
            and share_a_day(
                earlier.starting_on, earlier.ending_before, later.starting_on, later.ending_before
            )
"""

RULES = (
    Rule(
        "limit_of_other_type",
        "period_limits",
        "product_id",
        """
        select period_limits.file_row, products.product_id, products.type
        from period_limits
        inner join products on period_limits.product_id = products.product_id
        where products.type <> 'fixed'
        """,
        "'{product_id}' is a {type} product; what a minimum or cap charges is a line of a fixed one"
        " (S-57).",
        "Name a product of type fixed here; what is counted stands in applies_to_product_id.",
    ),
    Rule(
        "limit_without_amount",
        "period_limits",
        "minimum_amount",
        """
        select file_row, limit_id from period_limits
        where minimum_amount is null and maximum_amount is null
        """,
        "'{limit_id}' has neither a minimum nor a cap (S-57).",
        "Fill in minimum_amount, maximum_amount or both, or remove the row.",
    ),
    Rule(
        "limit_target",
        "period_limits",
        "applies_to_product_id",
        """
        select file_row from period_limits
        where applies_to_product_id is not null and applies_to_tag is not null
        """,
        "A row counts one product, the products of one tag, or everything (S-57).",
        "Fill in one of applies_to_product_id and applies_to_tag; leave both empty for everything.",
    ),
    Rule(
        "limit_of_fixed_product",
        "period_limits",
        "applies_to_product_id",
        """
        select period_limits.file_row, products.product_id
        from period_limits
        inner join products on period_limits.applies_to_product_id = products.product_id
        where products.type = 'fixed'
        """,
        "'{product_id}' is a fixed product; a minimum or cap counts usage, subscriptions in arrears"
        " and composites (S-57).",
        "Name a product that is charged on usage invoices.",
    ),
    Rule(
        "limits_overlap",
        "period_limits",
        "starting_on",
        f"""
        select
            later.file_row, min(earlier.limit_id) as other_id,
            case
                when bool_or(earlier.minimum_amount + later.minimum_amount is not null)
                    then 'minimum'
                else 'cap'
            end as kind,
            max(greatest(earlier.starting_on, later.starting_on)) as shared_day
        {_SAME_SCOPE}
            and earlier.file_row < later.file_row
        where
            (earlier.minimum_amount is not null and later.minimum_amount is not null)
            or (earlier.maximum_amount is not null and later.maximum_amount is not null)
        group by later.file_row
        """,
        "On {shared_day} '{other_id}' is a {kind} of the same contract on the same lines (S-57,"
        " S-46).",
        "End one of the two (ending_before) on the day the other starts, or remove it.",
    ),
    Rule(
        "limit_bounds",
        "period_limits",
        "minimum_amount",
        f"""
        select
            earlier.file_row, earlier.minimum_amount, min(later.maximum_amount) as maximum_amount,
            arg_min(later.limit_id, later.maximum_amount) as other_id
        {_SAME_SCOPE}
        where earlier.minimum_amount > later.maximum_amount
        group by earlier.file_row, earlier.minimum_amount
        """,
        "The minimum of {minimum_amount} lies above the cap of {maximum_amount} on the same lines"
        " ('{other_id}') (S-57, S-46).",
        "Lower the minimum, raise the cap, or remove one of them.",
    ),
)  # fmt: skip

WARNINGS = (
    Rule(
        "limit_counts_nothing",
        "period_limits",
        "applies_to_product_id",
        """
        with counted as (
            select
                limits.file_row, limits.limit_id, contracts.contract_id, products.product_id,
                exists (
                    select 1 from rates
                    where rates.rate_card_id = contracts.rate_card_id
                        and rates.product_id = products.product_id
                )
                and (
                    products.type in ('usage', 'composite')
                    or exists (
                        select 1 from subscriptions
                        where subscriptions.contract_id = contracts.contract_id
                            and subscriptions.product_id = products.product_id
                            and subscriptions.collection = 'arrears'
                    )
                ) as has_lines
            from period_limits as limits
            inner join contracts on limits.contract_id = contracts.contract_id
            inner join products
                on
                    limits.applies_to_product_id = products.product_id
                    or list_contains(products.tags, limits.applies_to_tag)
        )

        select
            file_row, limit_id, contract_id, list_sort(list(distinct product_id)) as products
        from counted
        group by file_row, limit_id, contract_id
        having not bool_or(has_lines)
        """,
        "'{limit_id}' counts {products} alone, and contract '{contract_id}' has no line of that on"
        " its usage invoices: a cap never applies, and a minimum is charged whole (S-57).",
        "Name usage, a subscription in arrears or a composite that the contract's card sells.",
    ),
)  # fmt: skip
