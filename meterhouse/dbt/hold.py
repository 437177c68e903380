"""Building models so that one contract that cannot be computed does not stop the others (S-52).

A model that fails is probed (dbt/probe.py): if single contracts are why, they are held and the
build is done again without them. What no single contract explains is an error as it was.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.progress import reporter
from meterhouse.dbt.build import build_models
from meterhouse.dbt.doors import close_doors
from meterhouse.dbt.probe import Probe, blamed, culprits, probing
from meterhouse.dbt.project import ParsedProject
from meterhouse.dbt.results import Build, NodeResult
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.held import Hold, hold

# Each round holds at least one contract more. A model further on may fail for others.
ROUNDS = 25
# A price-book table → the column that names its row.
ROWS = {
    "scheduled_charges": "charge_id",
    "subscriptions": "subscription_id",
    "contract_overrides": "override_id",
    "commits": "commit_id",
    "period_limits": "limit_id",
    "thresholds": "threshold_id",
}
LARGEST_EVENT = """
    select transaction_id
    from events.events
    where customer_id in (
            select ids.sent_id
            from events.customer_identities as ids
            inner join price_book.contracts as contracts using (price_book, customer_id)
            inner join inputs.run as run using (price_book)
            where contracts.contract_id = $contract
        )
        and ($period::date is null or event_date >= $period)
    order by
        list_max([
            abs(try_cast(value as decimal(38, 10)))
            for value in json_extract_string(properties, '$.*')
        ]) desc nulls last,
        event_seq
    limit 1
"""


def build_holding(
    project: ParsedProject,
    home: Path,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    on_node: Callable[[int, str], None] | None = None,
    tests: bool = True,
) -> Build:
    """`build_models`, again without the contracts that cannot be computed; they are held.

    The result is that of the last build. Held contracts are in `inputs.held_contracts`.
    """
    build = build_models(project, home, select, exclude, on_node, tests)
    for _ in range(ROUNDS):
        found = _find(build, home)
        if not found:
            break
        for one in found:
            reporter().say(f"Held: {one}")
        build = build_models(project, home, select, exclude, on_node, tests)
    return build


def _find(build: Build, home: Path) -> list[Hold]:
    """Hold the contracts for which a failed model cannot be computed; [] if none explains it."""
    failed = [
        one for one in build.results if one.status == "error" and one.unique_id.startswith("model.")
    ]
    found: list[Hold] = []
    for result in failed:
        with open_warehouse(home) as con:
            # The SQL of a metric is an analyst's: it reaches no more here than in a build.
            close_doors(con, [])
            found += _holds(con, result)
    if found:
        with open_warehouse(home) as con:
            hold(con, found)
    return found


def _holds(con: duckdb.DuckDBPyConnection, result: NodeResult) -> list[Hold]:
    contracts = con.execute(
        "select contract_id from price_book.contracts inner join inputs.run using (price_book) "
        "anti join calendar.contracts_on_hold using (contract_id) order by contract_id"
    ).fetchall()
    with probing(con, result.sql) as probe:
        # A statement that fails on no rows at all fails for a reason of its own.
        if probe.error({"contract_id": []}) is not None:
            return []
        each = culprits(
            lambda part: probe.error({"contract_id": part}), [one for (one,) in contracts]
        )
        return [
            one
            for contract, error in sorted(each.items(), key=str)
            for one in _places(con, probe, str(contract), error)
        ]


def _places(con: duckdb.DuckDBPyConnection, probe: Probe, contract: str, error: str) -> list[Hold]:
    """One hold per product and period that cannot be computed, as far as the statement tells."""
    only: dict[str, Sequence[object]] = {"contract_id": [contract]}

    def narrowed(column: str, within: dict[str, Sequence[object]]) -> list[Any]:
        values = probe.values(column, within)
        return blamed(lambda part: probe.error({**within, column: part}), values) or [None]

    # A metric's own model knows no products: those that point at the metric stand for it.
    by = "product_id" if probe.values("product_id", only) else "metric"
    holds: list[Hold] = []
    for value in narrowed(by, only):
        inside = only if value is None else {**only, by: [value]}
        products = [value] if by == "product_id" else _products_of(con, contract, value)
        column = "period_start" if probe.values("period_start", inside) else "window_start"
        for start in narrowed(column, inside):
            period = _period_of(con, contract, start)
            known = {(one.product_id, one.period_start) for one in holds}
            example = _example(con, probe, contract, period)
            holds += [
                Hold(contract, _reason(error), product, period, example)
                for product in products
                if (product, period) not in known
            ]
    return holds


def _products_of(con: duckdb.DuckDBPyConnection, contract: str, metric: object) -> list[Any]:
    found = con.execute(
        "select distinct product_id from calendar.product_segments "
        "where contract_id = ? and metric = ? order by product_id",
        [contract, metric],
    ).fetchall()
    return [product for (product,) in found] or [None]


def _period_of(con: duckdb.DuckDBPyConnection, contract: str, day: object) -> date | None:
    if day is None:
        return None
    found = con.execute(
        "select period_start from calendar.billing_periods "
        "where contract_id = ? and period_start <= ? and period_end > ?",
        [contract, day, day],
    ).fetchall()
    return found[0][0] if found else None


def _error_with(
    probe: Probe, only: dict[str, Sequence[object]], column: str, part: Sequence[object]
) -> str | None:
    return probe.error({**only, column: part})


def _example(
    con: duckdb.DuckDBPyConnection, probe: Probe, contract: str, period: object
) -> str | None:
    """The row of the price book behind it, else the customer's event with the largest number."""
    only: dict[str, Sequence[object]] = {"contract_id": [contract]}
    for schema, table in probe.relations():
        if schema != "price_book" or table not in ROWS:
            continue
        column = ROWS[table]
        rows = probe.values(column, only)
        found = culprits(partial(_error_with, probe, only, column), rows)
        if found and len(found) < len(rows) + (len(rows) == 1):
            return f"{table}.csv, {column} {min(map(str, found))}"
    events = con.execute(LARGEST_EVENT, {"contract": contract, "period": period}).fetchall()
    return f"event {events[0][0]}" if events else None


def _reason(error: str) -> str:
    """DuckDB's first line, without its class and where it was in the SQL."""
    line = error.strip().splitlines()[0]
    said = re.sub(r"^(Conversion|Out of Range|Invalid Input|Constraint) Error: ", "", line)
    return f"a number cannot be computed or does not fit its type (S-18): {said}"
