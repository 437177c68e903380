"""Currencies and custom pricing units (S-19, S-49)."""

from meterhouse.price_book.checks.rule import Rule

# When a unit is first used on a card, by the first contract that can meet the row that uses it.
_FIRST_USE_OF_RATE = """
    select
        rates.file_row, rates.rate_card_id, rates.pricing_unit,
        coalesce(min(greatest(rates.starting_on, contracts.starting_on)), rates.starting_on)
            as first_day
    from rates
    inner join pricing_units on rates.pricing_unit = pricing_units.pricing_unit
    left join (
        select distinct rate_card_id, starting_on, ending_before from contracts
    ) as contracts
        on
            rates.rate_card_id = contracts.rate_card_id
            and share_a_day(
                rates.starting_on, rates.ending_before,
                contracts.starting_on, contracts.ending_before
            )
    where pricing_units.kind = 'custom'
    group by rates.file_row, rates.rate_card_id, rates.pricing_unit, rates.starting_on
"""

_FIRST_USE_OF_COMMIT = """
    select
        commits.file_row, contracts.rate_card_id, commits.pricing_unit,
        greatest(contracts.starting_on, min(commit_access.starting_on)) as first_day
    from commits
    inner join pricing_units on commits.pricing_unit = pricing_units.pricing_unit
    inner join contracts on commits.contract_id = contracts.contract_id
    inner join commit_access on commits.commit_id = commit_access.commit_id
    where pricing_units.kind = 'custom'
    group by commits.file_row, contracts.rate_card_id, commits.pricing_unit, contracts.starting_on
"""

RULES = (
    Rule(
        "card_currency",
        "rate_cards",
        "currency",
        """
        select rate_cards.file_row, rate_cards.currency
        from rate_cards
        inner join pricing_units on rate_cards.currency = pricing_units.pricing_unit
        where pricing_units.kind <> 'currency'
        """,
        "'{currency}' is a custom pricing unit; an invoice is in a currency (S-19, S-49).",
        "Name a currency here, and the unit in pricing_unit of the rates.",
    ),
    Rule(
        "conversion_of_currency",
        "pricing_unit_conversions",
        "pricing_unit",
        """
        select pricing_unit_conversions.file_row, pricing_unit_conversions.pricing_unit
        from pricing_unit_conversions
        inner join pricing_units
            on pricing_unit_conversions.pricing_unit = pricing_units.pricing_unit
        where pricing_units.kind <> 'custom'
        """,
        "'{pricing_unit}' is a currency; only custom units are converted (S-49).",
        "Remove the row, or make the unit custom.",
    ),
    Rule(
        "unit_of_rate",
        "rates",
        "pricing_unit",
        """
        select rates.file_row, rates.pricing_unit, rate_cards.rate_card_id, rate_cards.currency
        from rates
        inner join rate_cards on rates.rate_card_id = rate_cards.rate_card_id
        inner join pricing_units on rates.pricing_unit = pricing_units.pricing_unit
        where pricing_units.kind = 'currency' and rates.pricing_unit <> rate_cards.currency
        """,
        "The card '{rate_card_id}' is in {currency}, so it has no prices in {pricing_unit}: an"
        " invoice has one currency (S-48).",
        "Leave it empty, name a custom unit, or put the rate on a card in {pricing_unit}.",
    ),
    Rule(
        "custom_unit_for_usage_only",
        "rates",
        "pricing_unit",
        """
        select rates.file_row, rates.pricing_unit, products.product_id, products.type
        from rates
        inner join products on rates.product_id = products.product_id
        inner join pricing_units on rates.pricing_unit = pricing_units.pricing_unit
        where pricing_units.kind = 'custom' and products.type <> 'usage'
        """,
        "'{product_id}' is a {type} product, priced in the card's currency, not {pricing_unit}"
        " (S-34).",
        "Leave it empty.",
    ),
    Rule(
        "unit_of_commit",
        "commits",
        "pricing_unit",
        """
        select commits.file_row, commits.type, commits.pricing_unit, rate_cards.currency
        from commits
        inner join contracts on commits.contract_id = contracts.contract_id
        inner join rate_cards on contracts.rate_card_id = rate_cards.rate_card_id
        inner join pricing_units on commits.pricing_unit = pricing_units.pricing_unit
        where
            commits.pricing_unit <> rate_cards.currency
            and (pricing_units.kind = 'currency' or commits.type = 'postpaid')
        """,
        "A {type} commit cannot be held in {pricing_unit} where the contract is in {currency}: a"
        " balance is in its currency or, unless it is postpaid, in a custom unit (S-37, S-38).",
        "Leave it empty.",
    ),
    *(
        Rule(
            "conversion_missing",
            table,
            "pricing_unit",
            f"""
            select used.* from ({first_use}) as used
            anti join pricing_unit_conversions
                on
                    used.rate_card_id = pricing_unit_conversions.rate_card_id
                    and used.pricing_unit = pricing_unit_conversions.pricing_unit
                    and pricing_unit_conversions.starting_on <= used.first_day
            """,
            "The card '{rate_card_id}' has no price for {pricing_unit} on {first_day}, when it is"
            " first used (S-49).",
            "Add a row for it to pricing_unit_conversions that starts by then.",
        )
        for table, first_use in (("rates", _FIRST_USE_OF_RATE), ("commits", _FIRST_USE_OF_COMMIT))
    ),
)
