"""Text → the declared types, exactly or not at all; a cell that cannot be cast is a problem.

A cell with a fault is null in the typed table, and only its first fault is reported.
"""

import duckdb

from meterhouse.price_book.columns import Column
from meterhouse.price_book.csv_text import FILE_ROW
from meterhouse.price_book.errors import Problem
from meterhouse.price_book.groups import register_groups
from meterhouse.price_book.kinds import Fault, find_faults, find_kind
from meterhouse.price_book.reader import TextTable
from raw_events.common.sql import identifier


def cast_table(con: duckdb.DuckDBPyConnection, read: TextTable) -> list[Problem]:
    """Makes the typed table of `read` in `con`, `file_row` first; gives the faults of its cells.

    An empty cell takes the column's constant default. A row keeps its place even where cells have
    faults, so that rows which refer to it are not reported as well.
    """
    name = identifier(read.table.name)
    columns = read.table.columns
    if not read.rows.num_rows:
        typed = ", ".join(f"{identifier(c.name)} {find_kind(c.kind).sql_type}" for c in columns)
        con.execute(f"create table {name} ({FILE_ROW} bigint, {typed})")
        return []
    con.register("text_rows", read.rows)
    has_groups = any(column.kind == "group" for column in columns)
    problems = register_groups(con, read) if has_groups else []
    faults = {column.name: find_faults(column) for column in columns}
    # In a file nothing and empty text look the same: both are null.
    cells = ", ".join(f"nullif({identifier(c.name)}, '') as {identifier(c.name)}" for c in columns)
    # Each fault is looked for once: a pattern over a million cells is what takes the time here.
    first_faults = ", ".join(
        f"{_first_fault(column.name, faults[column.name])} as fault_{position}"
        for position, column in enumerate(columns)
    )
    con.execute(
        f"create or replace temp table validated as select *, {first_faults}"
        f" from (select {FILE_ROW}, {cells} from text_rows)"
    )
    typed = ", ".join(_typed(column, position) for position, column in enumerate(columns))
    con.execute(f"create table {name} as select {FILE_ROW}, {typed} from validated")
    if read.readable:
        problems += _report(con, read, faults)
    con.unregister("text_rows")
    return problems


def _first_fault(name: str, faults: list[Fault]) -> str:
    """The SQL of a cell's first fault, as its position in `faults`; null where it has none."""
    cases = ["when {cell} is null then null"]
    for position, fault in enumerate(faults):
        if fault.rule == "required":
            cases[0] = f"when {{cell}} is null then {position}"
        else:
            cases.append(f"when {fault.condition} then {position}")
    return f"case {' '.join(cases)} end::integer".replace("{cell}", identifier(name))


def _typed(column: Column, position: int) -> str:
    kind = find_kind(column.kind)
    cell = identifier(column.name)
    cast = f"case when fault_{position} is null then {kind.cast.replace('{cell}', cell)} end"
    if column.default is not None:
        cast = f"case when {cell} is null then '{column.default}' else {cast} end"
    return f"({cast})::{kind.sql_type} as {cell}"


def _report(
    con: duckdb.DuckDBPyConnection, read: TextTable, faults: dict[str, list[Fault]]
) -> list[Problem]:
    names = list(faults)
    positions = [f"fault_{position}" for position in range(len(names))]
    found = con.execute(
        f"select {FILE_ROW}, [{', '.join(positions)}], [{', '.join(map(identifier, names))}]"
        f" from validated where coalesce({', '.join(positions)}) is not null"
    ).fetchall()
    # A row with too few or too many cells has its problem already.
    ragged = {problem.row for problem in read.problems}
    return [
        _problem(read.file, row, name, faults[name][position], cell)
        for row, row_faults, cells in found
        for name, position, cell in zip(names, row_faults, cells, strict=True)
        if position is not None and row not in ragged
    ]


def _problem(file: str, row: int, column: str, fault: Fault, cell: str | None) -> Problem:
    shown = "The cell" if cell is None else f"'{_shortened(cell)}'"
    return Problem(file, row, column, fault.rule, f"{shown} {fault.message}", fault.next_step)


def _shortened(cell: str) -> str:
    return cell if len(cell) <= 60 else f"{cell[:57]}…"
