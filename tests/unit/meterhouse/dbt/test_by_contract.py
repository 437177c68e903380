"""A table of all contracts, of which a run computes some (meterhouse/dbt/materialize.py).

Guards against a contract that stands there twice, one whose old rows stay, and contracts that are
lost because only those of a run were computed.
"""

import duckdb
import pytest

from meterhouse.dbt.compiled import Node
from meterhouse.dbt.materialize import materialize


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """A warehouse in which nothing is kept so far."""
    con = duckdb.connect()
    con.execute(
        "create schema inputs; create schema calendar; create schema invoices;"
        "create table inputs.kept_run (as_of timestamptz);"
        "create table calendar.contracts_to_rate (contract_id varchar)"
    )
    return con


def build(con: duckdb.DuckDBPyConnection, *rows: tuple[str, int]) -> list[tuple]:
    """Build the model whose query gives these rows; what the table holds then."""
    values = ", ".join(f"('{contract}', {amount})" for contract, amount in rows)
    sql = f"select amount, contract_id from (values {values}) as given (contract_id, amount)"
    node = Node(
        unique_id="model.meterhouse.drafts",
        name="drafts",
        version=None,
        schema="invoices",
        alias="drafts",
        relation="invoices.drafts",
        materialized="by_contract",
        file="drafts.sql",
        fqn=[],
        description="",
        sql=f"{sql} -- no line feed behind this",
        parents=[],
        sources=False,
    )
    materialize(con, node, None)
    return con.execute("select contract_id, amount from invoices.drafts order by all").fetchall()


def test_rows_of_the_contracts_that_are_computed_take_the_place_of_theirs(
    con: duckdb.DuckDBPyConnection,
):
    """Also where a contract has no rows any more, or had none."""
    assert build(con, ("a", 1), ("a", 2), ("b", 3), ("c", 4)) == [
        ("a", 1), ("a", 2), ("b", 3), ("c", 4),
    ]  # fmt: skip
    con.execute("insert into inputs.kept_run values (now())")
    con.execute("insert into calendar.contracts_to_rate values ('a'), ('c'), ('d')")
    assert build(con, ("a", 5), ("d", 6)) == [("a", 5), ("b", 3), ("d", 6)]


def test_of_a_contract_that_is_kept_no_row_is_taken(con: duckdb.DuckDBPyConnection):
    """A model that reads something of all contracts gives rows of others, too."""
    build(con, ("a", 1), ("b", 3))
    con.execute("insert into inputs.kept_run values (now())")
    con.execute("insert into calendar.contracts_to_rate values ('a')")
    assert build(con, ("a", 5), ("b", 4), ("c", 6)) == [("a", 5), ("b", 3)]


def test_where_nothing_is_kept_the_table_is_replaced(con: duckdb.DuckDBPyConnection):
    """Whatever the contracts to rate are: of those that left nothing stays."""
    build(con, ("a", 1), ("b", 3))
    assert build(con, ("a", 2)) == [("a", 2)]


def test_a_model_that_fails_leaves_what_was_there(con: duckdb.DuckDBPyConnection):
    """Deleting and appending are one transaction."""
    build(con, ("a", 1))
    con.execute("insert into inputs.kept_run values (now())")
    con.execute("insert into calendar.contracts_to_rate values ('a')")
    with pytest.raises(duckdb.Error):
        build(con, ("a", "no number"))  # type: ignore[arg-type]
    assert con.execute("from invoices.drafts").fetchall() == [(1, "a")]
