"""Subscriptions: of the right type of product, and with a price (S-34)."""

from meterhouse.price_book.checks.rule import Rule

RULES = (
    Rule(
        "subscription_of_other_type",
        "subscriptions",
        "product_id",
        """
        select subscriptions.file_row, products.product_id, products.type
        from subscriptions
        inner join products on subscriptions.product_id = products.product_id
        where products.type <> 'subscription'
        """,
        "'{product_id}' is a {type} product (S-34).",
        "Name a product of type subscription.",
    ),
    # A rate that is not entitled is no price, unless an override of the contract entitles it
    # (S-22). What is charged first decides; a later gap in the card is not looked for.
    Rule(
        "subscription_without_rate",
        "subscriptions",
        "product_id",
        """
        with charged as (
            select
                subscriptions.file_row, subscriptions.product_id, contracts.contract_id,
                contracts.rate_card_id,
                greatest(subscriptions.starting_on, contracts.starting_on) as first_day
            from subscriptions
            inner join contracts on subscriptions.contract_id = contracts.contract_id
            where share_a_day(
                subscriptions.starting_on, subscriptions.ending_before,
                contracts.starting_on, contracts.ending_before
            )
        ),

        entitled as (
            select contract_overrides.contract_id, products.product_id
            from contract_overrides
            inner join products
                on
                    contract_overrides.product_id = products.product_id
                    or list_contains(products.tags, contract_overrides.tag)
            where contract_overrides.override_type = 'entitlement' and contract_overrides.entitled
        )

        select
            charged.file_row, charged.product_id, charged.contract_id, charged.rate_card_id,
            charged.first_day
        from charged
        inner join products on charged.product_id = products.product_id
        anti join rates
            on
                charged.rate_card_id = rates.rate_card_id
                and charged.product_id = rates.product_id
                and rates.rate_type = 'flat'
                and rates.starting_on <= charged.first_day
                and charged.first_day < end_or_never(rates.ending_before)
                and (
                    rates.entitled
                    or (charged.contract_id, charged.product_id) in (
                        select (contract_id, product_id) from entitled
                    )
                )
        where products.type = 'subscription'
        """,
        "The rate card '{rate_card_id}' of contract '{contract_id}' has no flat, entitled rate for"
        " '{product_id}' on {first_day}, when it is first charged (S-34).",
        "Add the rate to rates, or let it start by then.",
    ),
)
