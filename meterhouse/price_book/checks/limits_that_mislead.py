"""Minimums and caps that do something else than their row seems to say (S-57): warnings."""

from meterhouse.common.periods import anchor_sql, boundary_sql, step_sql, steps_between_sql
from meterhouse.price_book.checks.rule import Rule

# An amount × this is whole where the unit has as many decimals.
_PARTS = "[1, 10, 100, 1000, 10000][units.decimals + 1]"


def first_day_from(anchor_on: str, step: str, day: str) -> str:
    """The first boundary of billing periods on or after a day (S-3)."""
    number = steps_between_sql(anchor_on, day, step)
    here, next_one = (boundary_sql(anchor_on, step, f"{number} + {more}") for more in (0, 1))
    return f"case when {here} >= {day} then {here} else {next_one} end"


def _finer(table: str, name: str, column: str, verb: str) -> Rule:
    """An amount of which the contract's currency has no coin."""
    return Rule(
        "finer_than_currency",
        table,
        column,
        f"""
        select
            dated.file_row, dated.{name} as name, dated.{column} as amount,
            units.pricing_unit, units.decimals
        from {table} as dated
        inner join contracts on dated.contract_id = contracts.contract_id
        inner join rate_cards on contracts.rate_card_id = rate_cards.rate_card_id
        inner join pricing_units as units on rate_cards.currency = units.pricing_unit
        where dated.{column} * {_PARTS} % 1 <> 0
        """,
        f"{{amount}} of '{{name}}' has more decimals than {{pricing_unit}}, which has {{decimals}}:"
        f" it is {verb} to them (S-19).",
        "Write the amount that is meant, in whole units of the currency's last decimal.",
    )


WARNINGS = (
    _finer("period_limits", "limit_id", "minimum_amount", "rounded"),
    _finer("period_limits", "limit_id", "maximum_amount", "rounded"),
    _finer("thresholds", "threshold_id", "recharge_to", "cut"),
    Rule(
        "limit_of_custom_units",
        "period_limits",
        "applies_to_product_id",
        """
        with sold as (
            select
                rates.rate_card_id, products.product_id, products.type, products.tags,
                rate_cards.currency, list(distinct rates.pricing_unit) as units,
                bool_and(rates.pricing_unit <> rate_cards.currency) as is_custom
            from rates
            inner join rate_cards on rates.rate_card_id = rate_cards.rate_card_id
            inner join products on rates.product_id = products.product_id
            group by all
        )

        select
            limits.file_row, limits.limit_id, contracts.contract_id, sold.currency,
            list_sort(list(distinct sold.product_id)) as products,
            list_sort(list_distinct(flatten(list(sold.units)))) as units
        from period_limits as limits
        inner join contracts on limits.contract_id = contracts.contract_id
        inner join sold
            on
                contracts.rate_card_id = sold.rate_card_id
                and coalesce(limits.applies_to_product_id, sold.product_id) = sold.product_id
                and (
                    limits.applies_to_tag is null
                    or list_contains(sold.tags, limits.applies_to_tag)
                )
        left join (
            select distinct contract_id, product_id from subscriptions where collection = 'arrears'
        ) as arrears
            on
                contracts.contract_id = arrears.contract_id
                and sold.product_id = arrears.product_id
        where sold.type in ('usage', 'composite') or arrears.product_id is not null
        group by limits.file_row, limits.limit_id, contracts.contract_id, sold.currency
        having bool_and(sold.is_custom)
        """,
        "'{limit_id}' counts lines in {currency} alone, and what it is about, {products}, is priced"
        " in {units} on the card of contract '{contract_id}': a cap never applies, and a minimum is"
        " charged whole (S-57).",
        "Count products that are priced in the card's currency, or remove the row.",
    ),
    Rule(
        "minimum_above_cap",
        "period_limits",
        "minimum_amount",
        """
        select
            narrow.file_row, narrow.limit_id, narrow.minimum_amount,
            min(wide.maximum_amount) as maximum_amount,
            arg_min(wide.limit_id, wide.maximum_amount) as other_id
        from period_limits as narrow
        inner join period_limits as wide
            on
                narrow.contract_id = wide.contract_id
                and narrow.minimum_amount > wide.maximum_amount
                and wide.applies_to_product_id is null
                and share_a_day(
                    narrow.starting_on, narrow.ending_before, wide.starting_on, wide.ending_before
                )
        left join products on narrow.applies_to_product_id = products.product_id
        where case
            when wide.applies_to_tag is null
                then coalesce(narrow.applies_to_product_id, narrow.applies_to_tag) is not null
            else coalesce(list_contains(products.tags, wide.applies_to_tag), false)
        end
        group by narrow.file_row, narrow.limit_id, narrow.minimum_amount
        """,
        "The minimum of {minimum_amount} lies above the cap of {maximum_amount} ('{other_id}'),"
        " which counts the same lines and more: minimums come after caps, so the contract pays more"
        " than its cap (S-57).",
        "Lower the minimum or raise the cap, if the customer is never to pay more than that.",
    ),
    Rule(
        "limit_in_no_period",
        "period_limits",
        "starting_on",
        f"""
        with dated as (
            select
                limits.file_row, limits.limit_id, contracts.contract_id,
                limits.starting_on as from_on,
                least(
                    end_or_never(limits.ending_before), end_or_never(contracts.ending_before)
                ) as ends_on,
                {step_sql("contracts.billing_frequency")} as step,
                {anchor_sql("contracts.starting_on", "contracts.billing_anchor", "step")}
                    as anchor_on
            from period_limits as limits
            inner join contracts on limits.contract_id = contracts.contract_id
            -- the contract's first day is one of a period
            where limits.starting_on > contracts.starting_on
        )

        select *, {first_day_from("anchor_on", "step", "from_on")} as next_on
        from dated
        where from_on < ends_on and ends_on < date 'infinity' and next_on >= ends_on
        """,
        "No billing period of contract '{contract_id}' begins from {from_on} on and before"
        " {ends_on}: '{limit_id}' counts in none, for the row in force on a period's first day"
        " counts for the whole period (S-57).",
        "Let its dates hold the first day of a period, such as {next_on}, or remove the row.",
    ),
)  # fmt: skip
