"""What can never fit its type (S-18, S-52): refused here, before it stops a contract.

Amounts are DECIMAL(20,4), unit prices DECIMAL(20,10); a product that is too large to be worked out
at all (`try` gives null) is too large as well.
"""

from meterhouse.price_book.checks.rule import Rule

# Whole numbers: 1e15 would be a float.
_LARGEST_AMOUNT = "1000000000000000"
_LARGEST_PRICE = "10000000000"


def _too_large(factors: str, largest: str) -> str:
    return f"coalesce(abs(try({factors})) >= {largest}::decimal(38, 10), true)"


# The highest flat prices that a subscription may meet: of its product on its card, also scaled by a
# multiplier of its contract, and of an override.
_PRICES = """
    select
        contracts.contract_id, rates.product_id,
        max(coalesce(
            try((rates.price * greatest(scaled.multiplier, 1))::decimal(20, 10)),
            9999999999::decimal(20, 10)
        )) as price
    from (select distinct contract_id, product_id from subscriptions) as sold
    inner join contracts on sold.contract_id = contracts.contract_id
    inner join products on sold.product_id = products.product_id
    inner join rates
        on contracts.rate_card_id = rates.rate_card_id and sold.product_id = rates.product_id
    left join contract_overrides as scaled
        on
            contracts.contract_id = scaled.contract_id
            and (
                products.product_id = scaled.product_id
                or list_contains(products.tags, scaled.tag)
            )
    where rates.price is not null
    group by all
    union all
    select contract_id, product_id, max(price) as price
    from contract_overrides
    where price is not null and product_id is not null
    group by all
"""

RULES = (
    Rule(
        "charge_too_large",
        "scheduled_charges",
        "quantity",
        f"""
        select file_row, quantity, unit_price from scheduled_charges
        where quantity is not null and unit_price is not null
            and {_too_large("quantity * unit_price", _LARGEST_AMOUNT)}
        """,
        "{quantity} × {unit_price} is 10^15 or more, which no amount can hold (S-18, S-52).",
        "Correct quantity or unit_price.",
    ),
    *(
        Rule(
            "subscription_too_large",
            table,
            "quantity",
            f"""
            select counted.file_row, counted.quantity, max(prices.price) as price
            from {table} as counted
            inner join subscriptions on counted.subscription_id = subscriptions.subscription_id
            inner join ({_PRICES}) as prices
                on
                    subscriptions.contract_id = prices.contract_id
                    and subscriptions.product_id = prices.product_id
            where {_too_large("counted.quantity * prices.price", _LARGEST_AMOUNT)}
            group by counted.file_row, counted.quantity
            """,
            "{quantity} × {price}, its price, is 10^15 or more, which no amount can hold (S-18,"
            " S-52).",
            "Correct the quantity or the price.",
        )
        for table in ("subscriptions", "subscription_quantities")
    ),
    Rule(
        "price_too_large",
        "contract_overrides",
        "multiplier",
        f"""
        with card_prices as (
            select rate_card_id, product_id, greatest(price, commit_price) as price from rates
            union all
            select rates.rate_card_id, rates.product_id,
                greatest(tiers.price, tiers.flat_fee) as price
            from rates
            inner join rate_tiers as tiers on rates.rate_id = tiers.rate_id
        ),

        highest as (
            select card_prices.rate_card_id, products.product_id, products.tags,
                max(card_prices.price) as price
            from card_prices
            inner join products on card_prices.product_id = products.product_id
            group by all
        )

        select overrides.file_row, overrides.multiplier, max(highest.price) as price
        from contract_overrides as overrides
        inner join contracts on overrides.contract_id = contracts.contract_id
        inner join highest
            on
                contracts.rate_card_id = highest.rate_card_id
                and (
                    overrides.product_id = highest.product_id
                    or list_contains(highest.tags, overrides.tag)
                )
        where overrides.multiplier > 1
            and {_too_large("overrides.multiplier * highest.price", _LARGEST_PRICE)}
        group by overrides.file_row, overrides.multiplier
        """,
        "{multiplier} × {price}, a price that it scales, is 10^10 or more, which no unit price can"
        " hold (S-18, S-52).",
        "Correct the multiplier or the price.",
    ),
    Rule(
        "commit_too_large",
        "commit_access",
        "amount",
        f"""
        select max(file_row) as file_row, commit_id, sum(amount)::varchar as total
        from commit_access
        group by commit_id
        having sum(amount) >= {_LARGEST_AMOUNT}::decimal(38, 10)
        """,
        "The segments of '{commit_id}' come to {total}, 10^15 or more, which no amount can hold"
        " (S-18, S-52).",
        "Correct the amounts.",
    ),
    Rule(
        "purchase_too_large",
        "commit_invoices",
        "amount",
        f"""
        select max(invoices.file_row) as file_row, commit_id, sum(invoices.amount)::varchar as total
        from commit_invoices as invoices
        inner join commits using (commit_id)
        where commits.type = 'prepaid'
        group by commit_id
        having sum(invoices.amount) >= {_LARGEST_AMOUNT}::decimal(38, 10)
        """,
        "The purchases of '{commit_id}' come to {total}, 10^15 or more, which no amount can hold"
        " (S-18, S-52).",
        "Correct the amounts.",
    ),
    *(
        Rule(
            "bound_too_large",
            table,
            column,
            f"select file_row, {column} from {table} where {column} >= {limit}::decimal(38, 10)",
            f"{{{column}}} is {limit} or more, which no amount can be bounded by (S-18, S-52).",
            way_out,
        )
        for table in ("rates", "period_limits")
        for column, limit, way_out in (
            ("minimum_amount", _LARGEST_AMOUNT, "Correct it."),
            # what a currency rounds out of its type; below it a bound that never bounds is harmless
            ("maximum_amount", "9999999999999999", "Leave it empty if there is no maximum."),
        )
    ),
    Rule(
        "too_many_grants",
        "recurring_grants",
        "ending_before",
        """
        select file_row, commit_id, count(*) as grants
        from commit_access
        where file_row < 0
        group by file_row, commit_id
        having grants > 2400
        """,
        "The grants of '{commit_id}' are {grants} segments: a date is likely to be mistyped.",
        "Correct starting_on or ending_before.",
    ),
)
