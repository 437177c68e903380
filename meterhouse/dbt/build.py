"""Building a part of the dbt project in a data directory's warehouse, without dbt.

dbt has compiled the models (dbt/compile.py); here they run in their order on one connection, with
their tests as early as these can be asked, as `dbt build` does it at some three times the cost
(measured: decision 0380).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import duckdb

from meterhouse.dbt.ask import ask
from meterhouse.dbt.build_log import BuildLog
from meterhouse.dbt.compiled import Compiled, Node
from meterhouse.dbt.contract import ContractError
from meterhouse.dbt.doors import open_for_models
from meterhouse.dbt.failures import describe_failures
from meterhouse.dbt.materialize import materialize, relation_kinds
from meterhouse.dbt.order import is_left_out, selected
from meterhouse.dbt.project import ParsedProject
from meterhouse.dbt.results import Build, NodeResult
from meterhouse.dbt.standing_views import note_views, standing_views
from meterhouse.dbt.state import make_kept_tables
from meterhouse.warehouse.database import open_warehouse
from raw_events.common.sql import identifier

# What DuckDB makes of Ctrl-C while a statement runs.
INTERRUPTED = "Query interrupted"
OnNode = Callable[[int, str], None]


@dataclass
class _Building:
    """A build under way: what there is to do, and what was done so far."""

    con: duckdb.DuckDBPyConnection
    compiled: Compiled
    log: BuildLog
    on_node: OnNode | None
    # What is in the warehouse: (schema, name) → table or view.
    kinds: dict[tuple[str, str], str]
    # Views that are there as this code made them.
    standing: set[tuple[str, str]]
    results: list[NodeResult] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    # Models whose tables have other rows than before.
    written: set[str] = field(default_factory=set)

    def build(self, node: Node) -> None:
        """One model or test."""
        if is_left_out(node, self.compiled, self.failed):
            self.failed.add(node.unique_id)
            self._note(NodeResult(node.unique_id, "skipped", 0.0, None, "", rows=None))
            return
        began = perf_counter()
        try:
            result = self._tested(node) if node.is_test else self._made(node)
        except (duckdb.Error, ContractError) as error:
            seconds = perf_counter() - began
            result = NodeResult(node.unique_id, "error", seconds, None, str(error), node.sql)
        except RuntimeError as error:
            if str(error) != INTERRUPTED:
                raise
            raise KeyboardInterrupt from error
        if result.status in ("error", "fail"):
            self.failed.add(node.unique_id)
        self._note(result)

    def _made(self, node: Node) -> NodeResult:
        began, place, kept = perf_counter(), (node.schema, node.alias), self.compiled.kept_contracts
        there, kind, rows = self.kinds.get(place), _kind(node), None
        if place not in self.standing:
            check = node.unique_id not in kept
            rows = materialize(self.con, node, there if there != kind else None, check)
            kept.add(node.unique_id)
        self.kinds[place] = kind
        # What has no new rows, or none at all, has none twice; of a view nobody knows.
        if rows != 0:
            self.written.add(node.unique_id)
        seconds = perf_counter() - began
        return NodeResult(node.unique_id, "success", seconds, None, "", node.sql, rows)

    def new_views(self) -> list[tuple[str, str]]:
        """The views that were made because they did not stand."""
        made = (one.unique_id for one in self.results if one.status == "success")
        nodes = (self.compiled.nodes[unique_id] for unique_id in made)
        views = ((node.schema, node.alias) for node in nodes if node.materialized == "view")
        return [view for view in views if view not in self.standing]

    def _tested(self, node: Node) -> NodeResult:
        began = perf_counter()
        status, failures = ask(self.con, node)
        return NodeResult(node.unique_id, status, perf_counter() - began, failures, "")

    def _note(self, result: NodeResult) -> None:
        self.results.append(result)
        self.log.note(self.compiled.nodes[result.unique_id], result)
        if self.on_node:
            self.on_node(len(self.results), self.compiled.nodes[result.unique_id].name)


def build_models(
    project: ParsedProject,
    home: Path,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    on_node: OnNode | None = None,
    tests: bool = True,
) -> Build:
    """Run the selected models (words of dbt/order.py), and their tests unless `tests` says not to.

    Of grains only those of tables that were written are asked for, after all models. `on_node(done,
    name)` is called as each node ends. Unit tests are for `make test`, not for a run. Never raises
    for a failing model or test: see `error`.
    """
    compiled = project.compiled
    nodes = selected(compiled, select, exclude, tests)
    with BuildLog(home / "logs") as log, open_warehouse(home) as con:
        open_for_models(con)
        make_kept_tables(con, compiled.models())
        for schema in sorted({node.schema for node in nodes if not node.is_test}):
            con.execute(f"create schema if not exists {identifier(schema)}")
        standing = standing_views(con, project.digest)
        building = _Building(con, compiled, log, on_node, relation_kinds(con), standing)
        for node in nodes:
            if not node.is_grain_test:
                building.build(node)
        for node in nodes:
            if node.is_grain_test and building.written.intersection(node.parents):
                building.build(node)
        note_views(con, project.digest, building.new_views())
    results = building.results
    failed = [one for one in results if one.status in ("error", "fail")]
    if not failed:
        return Build(results, None)
    return Build(results, describe_failures(compiled, results, home))


def _kind(node: Node) -> str:
    return "view" if node.materialized == "view" else "table"
