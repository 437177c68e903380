"""Whether a query gives the columns of a model's contract, by name and type, in any order."""

from collections.abc import Iterator, Sequence

import duckdb

HEADINGS = ("column_name", "definition_type", "contract_type", "mismatch_reason")


class ContractError(RuntimeError):
    """A model gives other columns than its contract, or than are stored."""


def check_contract(relation: duckdb.DuckDBPyRelation, columns: Sequence[Sequence[str]]) -> None:
    """ContractError, with every column that differs, if the relation has others than these.

    `columns`: name and type as DuckDB spells it. Only names and types are looked at, no rows.
    """
    given = given_columns(relation)
    declared = {column[0]: column[1] for column in columns}
    if given == declared and len(relation.columns) == len(columns):
        return
    found = "\n".join(_table(list(_mismatches(given, declared))))
    raise ContractError(
        "This model has an enforced contract that failed.\n"
        "Please ensure the name, data_type, and number of columns in your contract match the "
        f"columns in your model's definition.\n{found}"
    )


def given_columns(relation: duckdb.DuckDBPyRelation) -> dict[str, str]:
    """Name → type as DuckDB spells it."""
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


def check_stored(name: str, given: dict[str, str], stored: dict[str, str]) -> None:
    """ContractError if a table that grows has other columns than its model gives."""
    if given != stored:
        raise ContractError(
            f"{name} was stored by another version of this model, with the columns "
            f"{_listed(stored)}; the model has {_listed(given)}. The next `meterhouse run` makes "
            "the warehouse again from the log."
        )


def _mismatches(given: dict[str, str], declared: dict[str, str]) -> Iterator[tuple[str, ...]]:
    for name in sorted(given.keys() | declared.keys()):
        there, wanted = given.get(name, ""), declared.get(name, "")
        if there == wanted:
            continue
        if there and wanted:
            why = "data type mismatch"
        else:
            why = "missing in contract" if there else "missing in definition"
        yield name, there, wanted, why


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    cells = [HEADINGS, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        filled = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(filled)} |"
        if not number:
            yield f"| {' | '.join('-' * width for width in widths)} |"


def _listed(columns: dict[str, str]) -> str:
    return ", ".join(sorted(f"{name} {kind}" for name, kind in columns.items()))
