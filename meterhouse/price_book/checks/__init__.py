"""Rules over the typed tables as a whole, one file per concern (S-46).

Each rule is one query, so a list of a million contracts is checked in as many scans as there are
rules. To add one, append it to the RULES of its concern; its test is one line of
`tests/unit/meterhouse/price_book/`.
"""

from collections.abc import Mapping, Sequence

import duckdb

from meterhouse.price_book.checks import (
    accounting,
    alerts,
    carried,
    commits,
    contracts,
    customers,
    documents,
    limits,
    limits_that_mislead,
    overrides,
    packages,
    products,
    rates,
    sizes,
    subscriptions,
    thresholds,
    tiers,
    units,
    webhooks,
    without_effect,
)
from meterhouse.price_book.checks.keys import date_rules, key_rules, reference_rules
from meterhouse.price_book.checks.rule import MACROS, Rule, find_problems
from meterhouse.price_book.errors import Problem
from meterhouse.price_book.package_tables import PACKAGE_TABLES
from meterhouse.price_book.reader import TextTable
from meterhouse.price_book.recurring_grants import RECURRING_TABLES
from meterhouse.price_book.schema import TABLES

RULES: tuple[Rule, ...] = (
    *key_rules(TABLES),
    *reference_rules({**TABLES, **PACKAGE_TABLES, **RECURRING_TABLES}),
    *date_rules({**TABLES, **RECURRING_TABLES}),
    *customers.RULES,
    *products.RULES,
    *products.TAG_RULES,
    *rates.RULES,
    *tiers.RULES,
    *units.RULES,
    *contracts.RULES,
    *overrides.RULES,
    *subscriptions.RULES,
    *commits.RULES,
    *limits.RULES,
    *thresholds.RULES,
    *packages.RULES,
    *alerts.RULES,
    *webhooks.RULES,
    *documents.RULES,
    *accounting.RULES,
    *sizes.RULES,
)
WARNINGS: tuple[Rule, ...] = (
    *without_effect.WARNINGS,
    *limits.WARNINGS,
    *limits_that_mislead.WARNINGS,
    *thresholds.WARNINGS,
)
METRIC_WARNINGS: tuple[Rule, ...] = (
    *without_effect.METRIC_WARNINGS,
    *carried.METRIC_WARNINGS,
)


def run_checks(
    con: duckdb.DuckDBPyConnection,
    read: Mapping[str, TextTable],
    known: Sequence[Problem],
    metrics: Mapping[tuple[str, int], Sequence[str]] | None,
) -> list[Problem]:
    """The problems of all rules over the typed tables of `con`, which were made of `read`.

    A rule that reads a table which is not readable is left out, and so are rows that have a problem
    in `known`, unless the rule can tell (`of_faulty_rows`): both would only repeat it. With
    `metrics` None nothing is said about the metrics of products.
    """
    for macro in MACROS:
        con.execute(macro)
    lookups = {name: text.table for name, text in read.items() if name not in TABLES}
    rules = [*RULES, *key_rules(lookups)]
    if metrics is not None:
        _register_metrics(con, metrics)
        rules += [*products.METRIC_RULES, *alerts.METRIC_RULES]
    unreadable = {name for name, text in read.items() if not text.readable}
    blamed = {(problem.file, problem.row) for problem in known}
    # Of a row with too few or too many cells none stands where it should.
    torn = {(problem.file, problem.row) for problem in known if problem.column is None}
    filled = {name for name in read if con.execute(f'from "{name}" limit 1').fetchone()}
    problems = []
    for rule in rules:
        # A rule finds rows of its own table: in an empty one there are none.
        if rule.table in filled and not rule.reads(read) & unreadable:
            left_out = torn if rule.of_faulty_rows else blamed
            problems += find_problems(con, rule, read[rule.table].file, left_out)
    return problems


def find_warnings(
    con: duckdb.DuckDBPyConnection,
    read: Mapping[str, TextTable],
    metrics: Mapping[tuple[str, int], Sequence[str]] | None,
) -> list[Problem]:
    """What misleads in a price book without problems; run_checks comes first.

    With `metrics` None nothing is said about the metrics of products.
    """
    rules = [*WARNINGS, *(METRIC_WARNINGS if metrics is not None else ())]
    filled = {name for name in read if con.execute(f'from "{name}" limit 1').fetchone()}
    return [
        warning
        for rule in rules
        if rule.table in filled
        for warning in find_problems(con, rule, read[rule.table].file, set())
    ]


def _register_metrics(
    con: duckdb.DuckDBPyConnection, metrics: Mapping[tuple[str, int], Sequence[str]]
) -> None:
    con.execute(
        "create or replace temp table metrics"
        " (metric varchar, version integer, group_keys varchar[], adds_up boolean, carries boolean)"
    )
    rows = [
        (
            metric,
            version,
            sorted(keys),
            getattr(keys, "adds_up", True),
            getattr(keys, "carries", False),
        )
        for (metric, version), keys in metrics.items()
    ]
    if rows:
        con.executemany("insert into metrics values (?, ?, ?, ?, ?)", rows)
