"""A metric's SQL is one `select` of its events and its lookups, and what it computes is told twice.

Guards against SQL of an analyst that runs with the rights of the pipeline, that reads another
customer's rows, or that gives another quantity by chance. The cases stand in allowed_cases/.
"""

import duckdb
import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.allowed_sql import metric_sql_problems
from tests.unit.meterhouse.metrics.allowed_cases import (
    functions,
    joins,
    lookups,
    orders,
    sequence,
    series,
    sources,
    templates,
    windows,
)
from tests.unit.meterhouse.metrics.allowed_cases.pieces import problems_of

CASES = (functions, joins, lookups, orders, sequence, series, sources, templates, windows)


def gathered(kind: str) -> list:
    """The cases of all modules, each called after its module."""
    return [
        pytest.param(case, id=f"{module.__name__.rpartition('.')[2]}: {name}")
        for module in CASES
        for name, case in getattr(module, kind, {}).items()
    ]


@pytest.mark.parametrize("case", gathered("REFUSED"))
def test_what_is_not_on_the_list_is_refused(con: duckdb.DuckDBPyConnection, case: tuple[str, str]):
    sql, said = case
    problems = problems_of(sql, con)
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("sql", gathered("ALLOWED"))
def test_what_metrics_need_is_allowed(con: duckdb.DuckDBPyConnection, sql: str):
    assert problems_of(sql, con) == []


def test_the_metrics_of_the_project_pass():
    assert metric_sql_problems(DBT_PROJECT) == []
