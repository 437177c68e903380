"""Defaults that another table decides, so that readers of the frozen book never meet them."""

import duckdb

_STATEMENTS = (
    # A rate without a unit is priced in its card's currency.
    """
    update rates set pricing_unit = rate_cards.currency
    from rate_cards
    inner join pricing_units on rate_cards.currency = pricing_units.pricing_unit
    where
        pricing_units.kind = 'currency'
        and rates.rate_card_id = rate_cards.rate_card_id
        and rates.pricing_unit is null
    """,
    # A commit without a unit is held in the currency of its contract's card (S-37).
    """
    update commits set pricing_unit = rate_cards.currency
    from contracts
    inner join rate_cards on contracts.rate_card_id = rate_cards.rate_card_id
    inner join pricing_units on rate_cards.currency = pricing_units.pricing_unit
    where
        pricing_units.kind = 'currency'
        and commits.contract_id = contracts.contract_id
        and commits.pricing_unit is null
    """,
    # Only an overwrite has a type of rate (S-32).
    """
    update contract_overrides set rate_type = 'flat'
    where override_type = 'overwrite' and rate_type is null
    """,
)


def resolve_defaults(con: duckdb.DuckDBPyConnection) -> None:
    """Fills in the typed tables of `con`; a cell whose reference is broken stays null."""
    for statement in _STATEMENTS:
        con.execute(statement)
