"""How a model takes its place in the warehouse: one transaction with the statements around it.

One function for each materialization of dbt_project/macros/materializations, which does the same
for `dbt build` by hand. Each gives how many rows it wrote, None for a view.
"""

from collections.abc import Callable

import duckdb

from meterhouse.dbt.compiled import Node
from meterhouse.dbt.contract import check_contract, check_stored, given_columns
from meterhouse.warehouse.database import transaction
from raw_events.common.sql import identifier

Made = Callable[[duckdb.DuckDBPyConnection, Node, bool], int | None]


def materialize(
    con: duckdb.DuckDBPyConnection, node: Node, other: str | None, check: bool = True
) -> int | None:
    """Build a model, wholly or not at all. Raises duckdb.Error or ContractError.

    `other`: table or view, if what is there under its name is that and is to be the other one.
    `check`: whether its columns are compared with its contract.
    """
    with transaction(con):
        for statement in node.before:
            con.execute(statement)
        if other:
            con.execute(f"drop {other} {node.relation}")
        rows = MATERIALIZATIONS[node.materialized](con, node, check)
        for statement in node.after:
            con.execute(statement)
    return rows


def table(con: duckdb.DuckDBPyConnection, node: Node, check: bool) -> int | None:
    """Replaced by one statement: who reads sees the old one or the new one."""
    rows = _rows(con.execute(f"create or replace table {node.relation} as (\n{node.sql}\n)"))
    _check(con, node, check)
    return rows


def view(con: duckdb.DuckDBPyConnection, node: Node, check: bool) -> int | None:
    """Replaced like a table."""
    con.execute(f"create or replace view {node.relation} as (\n{node.sql}\n)")
    _check(con, node, check)
    return None


def incremental(con: duckdb.DuckDBPyConnection, node: Node, check: bool) -> int | None:
    """A table that grows: the rows of the query are appended to what is stored (dbt/state.py)."""
    if check:
        given = con.sql(f"(\n{node.sql}\n)")
        check_contract(given, node.columns or [])
        stored = given_columns(con.table(node.relation))
        check_stored(node.alias, given_columns(given), stored)
    names = ", ".join(identifier(name) for name, _ in node.columns or [])
    return _rows(
        con.execute(
            f"insert into {node.relation} ({names}) (select {names} from (\n{node.sql}\n) as made)"
        )
    )


def by_contract(con: duckdb.DuckDBPyConnection, node: Node, check: bool) -> int | None:
    """A table of all contracts: the rows of those that this run computes take the place of theirs.

    All of them where nothing is kept (warehouse/kept_run.py); then it is replaced like a table.
    Of a contract that is kept no row is taken, whatever the query gives: it would stand twice.
    """
    if not con.execute("select 1 from inputs.kept_run").fetchall():
        return table(con, node, check)
    rated = "contract_id in (select contract_id from calendar.contracts_to_rate)"
    con.execute(f"delete from {node.relation} where {rated}")
    return _rows(
        con.execute(
            f"insert into {node.relation} by name "
            f"select * from (\n{node.sql}\n) as computed where {rated}"
        )
    )


MATERIALIZATIONS: dict[str, Made] = {
    "table": table,
    "view": view,
    "incremental": incremental,
    "by_contract": by_contract,
}


def relation_kinds(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """(schema, name) → `table` or `view` of all that is in the warehouse."""
    found = con.execute(
        "select schema_name, table_name, 'table' from duckdb_tables() "
        "where database_name = current_database() union all "
        "select schema_name, view_name, 'view' from duckdb_views() "
        "where database_name = current_database() and not internal"
    )
    return {(schema, name): kind for schema, name, kind in found.fetchall()}


def _rows(done: duckdb.DuckDBPyConnection) -> int:
    found = done.fetchone()
    return int(found[0]) if found else 0


def _check(con: duckdb.DuckDBPyConnection, node: Node, check: bool) -> None:
    """Of what was made, in the transaction that made it: its query need not be planned again."""
    if check and node.columns is not None:
        check_contract(con.table(node.relation), node.columns)
