"""Whether every table of a build has one row per grain: a statement each, outside dbt.

The tests stand in the models' YAML as `unique_grain`, and `dbt test` runs them. As nodes of a run's
build they were two fifths of all nodes, and a node costs forty times its statement; so a run asks
here, after the models, and names what it finds as dbt would (decision 0224).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb

from meterhouse.common.model_sql import macro_sql

TEST = "unique_grain"
# For dbt's --exclude.
SELECTOR = f"test_name:{TEST}"


@dataclass(frozen=True)
class GrainTest:
    """One `unique_grain` of the project; `file` is that of the YAML, in dbt_project/."""

    unique_id: str
    name: str
    model: str
    file: str
    description: str
    sql: str


def grain_tests(manifest: Any, models: Collection[str]) -> Iterator[GrainTest]:
    """The grain tests of those models, by their unique ids; `manifest` is dbt's own object."""
    named = {
        node.name: node.relation_name
        for node in (*manifest.nodes.values(), *manifest.sources.values())
        if node.unique_id.endswith((".due_windows", ".inputs.run"))
    }
    for unique_id, node in manifest.nodes.items():
        metadata = getattr(node, "test_metadata", None)
        if metadata is None or metadata.name != TEST or node.attached_node not in models:
            continue
        asked = metadata.kwargs
        arguments = (
            manifest.nodes[node.attached_node].relation_name,
            list(asked["columns"]),
            named["due_windows"] if asked.get("due_windows_only") else None,
            named["run"] if asked.get("newest_batch_only") else None,
            asked.get("day", "window_start"),
        )
        yield GrainTest(
            unique_id,
            node.name,
            node.attached_node,
            node.original_file_path,
            node.description or "",
            macro_sql(f"repeated_grain{arguments!r}"),
        )


def repeated_rows(con: duckdb.DuckDBPyConnection, test: GrainTest) -> int:
    """How many combinations of the grain stand on more than one row."""
    counted = con.execute(f"select count(*) from ({test.sql})").fetchone()
    return int(counted[0]) if counted else 0
