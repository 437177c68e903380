"""Failing models and tests of the dbt project, for a person: what, where, which rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.dbt.compose import in_own_words
from meterhouse.dbt.grains import GrainTest

ROWS_SHOWN = 10
FAILURES_SHOWN = 5


def describe_failures(results: Sequence[Any], home: Path, repeated: Sequence[str] = ()) -> str:
    """dbt's failed results as text; the rows of failing tests are read from the warehouse.

    `repeated`: tables with several rows per grain, in words; first, for the rest may come of it.
    """
    failed = [item for item in results if str(item.status) in ("error", "fail", "runtime error")]
    skipped = sum(str(item.status) == "skipped" for item in results)
    parts = [
        *repeated[:FAILURES_SHOWN],
        *(_describe(item, home) for item in failed[:FAILURES_SHOWN]),
    ]
    left = max(len(repeated) - FAILURES_SHOWN, 0) + max(len(failed) - FAILURES_SHOWN, 0)
    if left:
        parts.append(f"… and {left} more; see {home / 'logs' / 'dbt.log'}")
    if skipped:
        parts.append(f"{skipped} models and tests that depend on these were left out.")
    parts.append(
        "Nothing became final, and nothing was published: the marts are those of the run before."
    )
    return "\n\n".join(parts)


def describe_repeated(test: GrainTest, rows: int, home: Path) -> str:
    """A table that has several rows for one combination of its grain's columns, in words."""
    where = in_own_words(f"dbt_project/{test.file}")
    title = f"Test {test.name} failed with {rows:,} row(s) ({where})"
    return "\n".join(filter(None, [title, test.description, failing_rows(test.sql, home)]))


def _describe(item: Any, home: Path) -> str:
    node = item.node
    where = in_own_words(f"dbt_project/{node.original_file_path}")
    if str(node.resource_type) != "test" or str(item.status) != "fail":
        kind = "Test" if str(node.resource_type) == "test" else "Model"
        return f"{kind} {_name(node)} could not be computed ({where}):\n{_message(item)}"
    said = (node.description or "").strip()
    title = f"Test {_name(node)} failed with {item.failures:,} row(s) ({where})"
    rows = failing_rows(node.compiled_code, home)
    return "\n".join(filter(None, [title, said, rows]))


def _name(node: Any) -> str:
    version = getattr(node, "version", None)
    return f"{node.name} version {version}" if version else str(node.name)


def _message(item: Any) -> str:
    """dbt's message without its heading, which repeats name and file, and its stack of macros."""
    lines = [line.strip() for line in (item.message or "no message").splitlines()]
    left_out = ("Runtime Error in ", "Compilation Error in ", "Database Error in ", "> called by ")
    return "\n".join(f"  {line}" for line in lines if line and not line.startswith(left_out))


def failing_rows(query: str | None, home: Path) -> str:
    """The first rows of a failed test's query as a table; in words if they cannot be read."""
    if not query:
        return ""
    # dbt, which it belongs to, is loaded by now.
    from meterhouse.dbt.sandbox import close_doors

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
