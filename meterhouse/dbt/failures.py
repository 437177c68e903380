"""Failing models and tests of the dbt project, for a person: what, where, which rows."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from meterhouse.dbt.build_log import FILE
from meterhouse.dbt.compiled import Compiled, Node
from meterhouse.dbt.compose import in_own_words
from meterhouse.dbt.doors import close_doors
from meterhouse.dbt.results import NodeResult

ROWS_SHOWN = 10
FAILURES_SHOWN = 5


def describe_failures(compiled: Compiled, results: Sequence[NodeResult], home: Path) -> str:
    """Failed results as text; the rows of failing tests are read from the warehouse.

    Tables with several rows per grain come first, for the rest may come of it.
    """
    failed = [one for one in results if one.status in ("error", "fail")]
    failed.sort(key=lambda one: not _is_repeated(compiled, one))
    skipped = sum(one.status == "skipped" for one in results)
    parts = [_describe(compiled.nodes[one.unique_id], one, home) for one in failed[:FAILURES_SHOWN]]
    if len(failed) > FAILURES_SHOWN:
        parts.append(f"… and {len(failed) - FAILURES_SHOWN} more; see {home / 'logs' / FILE}")
    if skipped:
        parts.append(f"{skipped} models and tests that depend on these were left out.")
    parts.append(
        "Nothing became final, and nothing was published: the marts are those of the run before."
    )
    return "\n\n".join(parts)


def _is_repeated(compiled: Compiled, result: NodeResult) -> bool:
    return result.status == "fail" and compiled.nodes[result.unique_id].is_grain_test


def _describe(node: Node, result: NodeResult, home: Path) -> str:
    where = in_own_words(f"dbt_project/{node.file}")
    if result.status == "error":
        kind = "Test" if node.is_test else "Model"
        said = "\n".join(f"  {line}" for line in _lines(result.message))
        return f"{kind} {node.title} could not be computed ({where}):\n{said}"
    title = f"Test {node.name} failed with {result.failures or 0:,} row(s) ({where})"
    return "\n".join(filter(None, [title, node.description, failing_rows(node.sql, home)]))


def _lines(message: str) -> list[str]:
    return [line.strip() for line in (message or "no message").splitlines() if line.strip()]


def failing_rows(query: str, home: Path) -> str:
    """The first rows of a failed test's query as a table; in words if they cannot be read."""
    try:
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
            # The query is a model's, perhaps an analyst's: it reaches this database alone.
            close_doors(con, [])
            found = con.sql(query)
            columns, rows = found.columns, found.limit(ROWS_SHOWN).fetchall()
    except duckdb.Error as error:
        return f"  (its rows could not be read: {error})"
    return _table(columns, [["" if cell is None else str(cell) for cell in row] for row in rows])


def _table(columns: list[str], rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    lines = [columns, ["-" * width for width in widths], *rows]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(f"  {line}".rstrip() for line in padded)
