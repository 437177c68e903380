"""What the models made of a book, as plain values; and the settings that all properties share."""

from collections import defaultdict
from collections.abc import Callable

import duckdb
from hypothesis import HealthCheck, Phase, Verbosity, settings

from tests.pricing.rows import group_text


def book_settings(examples: int) -> Callable:
    """Whole books per example: few examples, always the same ones, no word on their size.

    A failing book is not made smaller, which takes minutes: tests say which case of it differs.
    """
    return settings(
        max_examples=examples,
        verbosity=Verbosity.quiet,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def group_of(model: str | None) -> str:
    """The pricing group of a model."""
    return group_text(model=model)


def find_usage_lines(con: duckdb.DuckDBPyConnection) -> dict[str, dict[tuple, tuple]]:
    """By case: (group, tier, first day) → end, quantity, unit price, list price, amount, fee."""
    rows = con.execute("""
        select contract_id, pricing_group, tier, service_start, service_end, quantity, unit_price,
            list_unit_price, amount, flat_fee
        from usage_lines
    """).fetchall()
    found: dict[str, dict[tuple, tuple]] = defaultdict(dict)
    for case, *line in rows:
        found[case][tuple(line[:3])] = tuple(line[3:])
    return found
