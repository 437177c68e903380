"""SQL of forecasts: several statements in one text, and division without a float."""

import duckdb

from meterhouse.common.model_sql import macro_sql


def run_all(con: duckdb.DuckDBPyConnection, statements: str) -> None:
    """Each of these statements, which semicolons part."""
    for statement in statements.split(";"):
        con.execute(statement)


def quotient(numerator: str, denominator: str) -> str:
    """SQL: one number by another, exact to ten decimals; null where the other is 0."""
    return macro_sql(f'exact_divide("{numerator}", "{denominator}")').strip()
