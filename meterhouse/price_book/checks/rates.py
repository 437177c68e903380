"""Rates of a rate card (S-21 to S-29)."""

from meterhouse.price_book.checks.rule import Rule

_SHAPES = (
    Rule(
        "price_missing",
        "rates",
        "price",
        """
        select file_row, rate_type from rates
        where rate_type in ('flat', 'package', 'percentage') and price is null
        """,
        "A {rate_type} rate needs a price.",
        "Fill it in; 0 is a price.",
    ),
    Rule(
        "price_beside_tiers",
        "rates",
        "price",
        """
        select file_row, rate_type from rates
        where rate_type in ('tiered', 'volume') and price is not null
        """,
        "The prices of a {rate_type} rate are those of its tiers (S-26, S-27).",
        "Leave it empty; the price would never apply.",
    ),
    Rule(
        "package_size_missing",
        "rates",
        "package_size",
        "select file_row from rates where rate_type = 'package' and package_size is null",
        "A package rate needs the size of a package (S-28).",
        "Write how many units one package holds.",
    ),
    Rule(
        "package_size_unused",
        "rates",
        "package_size",
        """
        select file_row, rate_type from rates
        where rate_type <> 'package' and package_size is not null
        """,
        "A {rate_type} rate has no packages (S-28).",
        "Leave it empty, or make it a package rate.",
    ),
    Rule(
        "commit_price_unused",
        "rates",
        "commit_price",
        """
        select file_row, rate_type from rates
        where rate_type <> 'flat' and commit_price is not null
        """,
        "A {rate_type} rate has no commit price; only a flat one may carry it (S-42).",
        "Leave it empty.",
    ),
    Rule(
        "bounds_unused",
        "rates",
        "minimum_amount",
        """
        select file_row, rate_type from rates
        where
            rate_type <> 'percentage'
            and (minimum_amount is not null or maximum_amount is not null)
        """,
        "A {rate_type} rate has no minimum or maximum amount; only a percentage has (S-29).",
        "Leave minimum_amount and maximum_amount empty.",
    ),
    Rule(
        "minimum_above_maximum",
        "rates",
        "minimum_amount",
        """
        select file_row, minimum_amount, maximum_amount from rates
        where minimum_amount > maximum_amount
        """,
        "The minimum {minimum_amount} is above the maximum {maximum_amount} (S-29).",
        "Correct one of them.",
    ),
)

_BY_PRODUCT = (
    Rule(
        "rate_type_of_product",
        "rates",
        "rate_type",
        """
        select rates.file_row, rates.rate_type, products.product_id, products.type
        from rates
        inner join products on rates.product_id = products.product_id
        where
            (rates.rate_type = 'percentage') <> (products.type = 'composite')
            or (products.type = 'subscription' and rates.rate_type <> 'flat')
        """,
        "'{product_id}' is a {type} product and cannot have a {rate_type} rate: a composite has"
        " percentages and nothing else has, a subscription has flat rates (S-29, S-34).",
        "Correct the rate_type, or the product.",
    ),
    Rule(
        "key_not_in_product",
        "rates",
        "pricing_group",
        """
        select
            rates.file_row, products.product_id,
            list_filter(
                json_keys(rates.pricing_group::json),
                lambda name: not list_contains(products.pricing_group_keys, name)
            ) as missing,
            case
                when products.pricing_group_keys = [] then 'nothing'
                else array_to_string(products.pricing_group_keys, ', ')
            end as priced_by
        from rates
        inner join products on rates.product_id = products.product_id
        where missing <> []
        """,
        "The group names {missing}, but '{product_id}' is priced by {priced_by}: no usage would"
        " ever agree with the rate (S-21).",
        "Correct the name, or add it to the product's pricing_group_keys.",
    ),
)

# Two rows can agree with one group if no key that both name has two values. Rows that name the same
# keys can only if their groups are the same text, so the many models of one product are compared
# by equality, and only rows with other names are compared one with another.
_AMBIGUOUS = Rule(
    "ambiguous_rates",
    "rates",
    "pricing_group",
    """
    with valued as (
        select
            file_row, rate_id, rate_card_id, product_id, starting_on, ending_before, pricing_group,
            list_sort(json_keys(pricing_group::json)) as names,
            pricing_group::json::map(varchar, varchar) as texts
        from rates
        where pricing_group is not null
    ),

    pairs as (
        select
            later.file_row, later.rate_id, earlier.rate_id as other_id,
            earlier.file_row as other_row,
            greatest(later.starting_on, earlier.starting_on) as since
        from valued as later
        inner join valued as earlier
            on
                later.rate_card_id = earlier.rate_card_id
                and later.product_id = earlier.product_id
                and later.pricing_group = earlier.pricing_group
                and later.file_row > earlier.file_row
                and share_a_day(
                    later.starting_on, later.ending_before,
                    earlier.starting_on, earlier.ending_before
                )
        union all
        select
            later.file_row, later.rate_id, earlier.rate_id as other_id,
            earlier.file_row as other_row,
            greatest(later.starting_on, earlier.starting_on) as since
        from valued as later
        inner join valued as earlier
            on
                later.rate_card_id = earlier.rate_card_id
                and later.product_id = earlier.product_id
                and len(later.names) = len(earlier.names)
                and later.names <> earlier.names
                and later.file_row > earlier.file_row
                and share_a_day(
                    later.starting_on, later.ending_before,
                    earlier.starting_on, earlier.ending_before
                )
        where len(list_filter(
            list_intersect(later.names, earlier.names),
            lambda name: later.texts[name] <> earlier.texts[name]
        )) = 0
    )

    select
        file_row, min(rate_id) as rate_id, min(other_row) as other_row,
        arg_min(other_id, other_row) as other_id, arg_min(since, other_row) as since
    from pairs
    group by file_row
    """,
    "From {since}, rate '{rate_id}' and rate '{other_id}' (row {other_row}) price the same usage,"
    " and neither names more keys than the other (S-21).",
    "End the older row where the newer one starts, or name one more key in one of them.",
)

RULES = (*_SHAPES, *_BY_PRODUCT, _AMBIGUOUS)
