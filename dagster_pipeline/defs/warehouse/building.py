"""The build of the models, told to Dagster: an event for each model and test, under its name."""

from functools import cache
from pathlib import Path

import dagster as dg

from dagster_pipeline.defs.warehouse.keys import asset_key
from meterhouse.common.errors import DbtBuildError
from meterhouse.common.progress import reporter, stage
from meterhouse.dbt.hold import build_holding
from meterhouse.dbt.project import ParsedProject, parsed_project
from meterhouse.dbt.results import Build
from meterhouse.run.models import begin_build, pass_build
from raw_events.common.text import shown_lines

# Size one (dagster.yaml): a DuckDB file admits one process.
POOL = "warehouse"


@cache
def dbt_project() -> ParsedProject:
    """The dbt project as it is when the definitions are loaded."""
    return parsed_project()


def build_and_tell(context: dg.AssetExecutionContext, home: Path) -> dict[str, int]:
    """Build all models with their tests; how many of each.

    Logs an event per model and per test, then raises Failure if one of them failed. A build that
    passed is noted for what comes after it (S-48).
    """
    begin_build(home)
    compiled = dbt_project().compiled
    total, report = len(compiled.nodes), reporter()
    with stage("models") as counts:
        build = build_holding(
            dbt_project(),
            home,
            on_node=lambda done, node: report.step("models", done, total, node),
        )
        _tell(context, build)
        if build.error:
            said = shown_lines(build.error)
            raise dg.Failure(said, allow_retries=False) from DbtBuildError(said)
        pass_build(home)
        counts.update(build.counts())
    return {name: int(count) for name, count in counts.items()}


def _tell(context: dg.AssetExecutionContext, build: Build) -> None:
    """What Dagster's catalogue shows of it. A table to which nothing was added says nothing."""
    nodes = dbt_project().compiled.nodes
    for result in build.results:
        node, seconds = nodes[result.unique_id], round(result.seconds, 3)
        if node.is_test:
            if result.status == "skipped" or node.owner is None or node.is_grain_test:
                continue
            context.log_event(
                dg.AssetCheckEvaluation(
                    asset_key=asset_key(nodes[node.owner]),
                    check_name=node.name,
                    passed=result.succeeded,
                    metadata={"seconds": seconds, "failing rows": result.failures or 0},
                )
            )
        elif result.succeeded and (result.rows or node.materialized != "incremental"):
            rows = {} if result.rows is None else {"rows": result.rows}
            context.log_event(
                dg.AssetMaterialization(
                    asset_key=asset_key(node), metadata={"seconds": seconds, **rows}
                )
            )
