"""Contracts of one customer beside each other."""

from meterhouse.price_book.checks.rule import Rule

# Cards are compared only where two contracts of a customer run on one day: a card for each customer
# would else be compared with every other card.
_SOLD_TWICE = Rule(
    "product_sold_twice",
    "contracts",
    "rate_card_id",
    """
    with pairs as (
        select
            later.file_row, later.customer_id, later.rate_card_id,
            earlier.rate_card_id as other_card_id, earlier.contract_id as other_id,
            earlier.file_row as other_row,
            greatest(later.starting_on, earlier.starting_on) as since
        from contracts as later
        inner join contracts as earlier
            on
                later.customer_id = earlier.customer_id
                and later.file_row > earlier.file_row
                and share_a_day(
                    later.starting_on, later.ending_before,
                    earlier.starting_on, earlier.ending_before
                )
    ),

    cards as (select distinct rate_card_id, other_card_id from pairs),

    sold as (select distinct rate_card_id, product_id from rates),

    sold_by_both as (
        select cards.rate_card_id, cards.other_card_id, min(one.product_id) as product_id
        from cards
        inner join sold as one on cards.rate_card_id = one.rate_card_id
        inner join sold as other
            on cards.other_card_id = other.rate_card_id and one.product_id = other.product_id
        group by all
    )

    select
        pairs.file_row, pairs.customer_id, min(pairs.other_row) as other_row,
        arg_min(pairs.other_id, pairs.other_row) as other_id,
        arg_min(pairs.since, pairs.other_row) as since,
        arg_min(sold_by_both.product_id, pairs.other_row) as product_id
    from pairs
    inner join sold_by_both
        on
            pairs.rate_card_id = sold_by_both.rate_card_id
            and pairs.other_card_id = sold_by_both.other_card_id
    group by all
    """,
    "From {since}, contract '{other_id}' (row {other_row}) of customer '{customer_id}' sells"
    " '{product_id}' too, so its usage would be billed twice (S-23, S-46).",
    "End one contract where the other starts, or give it a card without that product.",
)

RULES = (_SOLD_TWICE,)
