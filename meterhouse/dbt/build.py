"""Building a part of the dbt project in a data directory's warehouse."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from meterhouse.dbt.failures import describe_failures, describe_repeated
from meterhouse.dbt.grains import SELECTOR, GrainTest, grain_tests, repeated_rows
from meterhouse.dbt.invoke import invoke
from meterhouse.dbt.project import ParsedProject
from meterhouse.warehouse.database import open_warehouse

SUCCESS = frozenset({"success", "pass", "warn", "no-op"})
RESULT_EVENTS = frozenset({"LogModelResult", "LogTestResult"})


@dataclass(frozen=True)
class NodeResult:
    """One model or test that dbt ran. `failures` is the number of rows a test returned."""

    unique_id: str
    status: str
    seconds: float
    failures: int | None
    message: str
    # As dbt compiled it; empty where it did not get so far, and for tests.
    sql: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it did what it should; a skipped one did not."""
        return self.status in SUCCESS


@dataclass(frozen=True)
class Build:
    """What dbt ran, in order; `error` says in words why it stopped, None if all is well."""

    results: list[NodeResult]
    error: str | None

    def counts(self) -> dict[str, object]:
        """How many models and tests succeeded."""
        done = [result.unique_id.split(".")[0] for result in self.results if result.succeeded]
        return {"models": done.count("model"), "tests": done.count("test")}


def build_models(
    project: ParsedProject,
    home: Path,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    on_node: Callable[[int, str], None] | None = None,
    tests: bool = True,
) -> Build:
    """Run the selected models, and their tests unless `tests` says not to.

    The grain tests run last, outside dbt (dbt/grains.py); unit tests are for `make test`, not for a
    run. `on_node(done, name)` is called from dbt's threads as each node ends. The database is that
    of METERHOUSE_HOME, which must be `home`. Never raises for a failing model or test: see `error`.
    """
    done = 0

    def on_event(event: Any) -> None:
        nonlocal done
        if on_node and event.info.name in RESULT_EVENTS:
            done += 1
            on_node(done, event.data.node_info.node_name)

    arguments = ["build", "--resource-type", "model", "--resource-type", "test"]
    arguments += ["--select", *select] if select else []
    arguments += ["--exclude", *exclude, SELECTOR if tests else "resource_type:test"]
    result = invoke(
        arguments,
        project.source,
        target=home / "dbt" / "target",
        logs=home / "logs",
        manifest=project.dbt_manifest,
        callback=on_event,
    )
    raw = getattr(result.result, "results", None) or []
    results = [_node_result(item) for item in raw]
    repeated = []
    if tests and result.exception is None:
        built = {one.unique_id for one in results if one.succeeded}
        asked = _ask_grains(list(grain_tests(project.dbt_manifest, built)), home)
        results += [one for _, one in asked]
        repeated = [
            describe_repeated(test, one.failures or 0, home) for test, one in asked if one.failures
        ]
    if result.exception is not None:
        # An interruption from outside has no message of its own.
        said = str(result.exception).strip() or f"interrupted ({type(result.exception).__name__})"
        return Build(results, f"dbt stopped: {said}")
    if result.success and not repeated:
        return Build(results, None)
    return Build(results, describe_failures(raw, home, repeated))


def _ask_grains(tests: Sequence[GrainTest], home: Path) -> list[tuple[GrainTest, NodeResult]]:
    """What each grain test found, as dbt would report it."""
    asked = []
    with open_warehouse(home) as con:
        for test in tests:
            began = perf_counter()
            rows = repeated_rows(con, test)
            status = "fail" if rows else "pass"
            seconds = perf_counter() - began
            asked.append((test, NodeResult(test.unique_id, status, seconds, rows, "")))
    return asked


def _node_result(item: Any) -> NodeResult:
    return NodeResult(
        unique_id=item.node.unique_id,
        status=str(item.status),
        seconds=item.execution_time,
        failures=item.failures,
        message=item.message or "",
        sql=(item.node.compiled_code or "") if str(item.node.resource_type) == "model" else "",
    )
