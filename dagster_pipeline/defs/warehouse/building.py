"""Builds of the models as a Dagster step."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg

from dagster_pipeline.defs.warehouse.keys import UNIQUE_ID
from meterhouse.common.errors import DbtBuildError
from meterhouse.common.progress import reporter, stage
from meterhouse.dbt.hold import build_holding
from meterhouse.dbt.project import ParsedProject, parsed_project
from meterhouse.dbt.results import Build
from meterhouse.run.models import begin_build, pass_build
from raw_events.common.text import shown_lines

# Size one (dagster.yaml): a DuckDB file admits one process.
POOL = "warehouse"

# Of a step that builds: a result per model and per test.
Results = Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]


@cache
def dbt_project() -> ParsedProject:
    """The dbt project as it is when the definitions are loaded."""
    return parsed_project()


def stream_build(context: dg.AssetExecutionContext, home: Path, name: str) -> Results:
    """Build all models with their tests, or the chosen assets alone.

    Yields a result per model and per test, then raises Failure if one of them failed. A
    build of all that passed is noted for what comes after it (S-48); any other leaves no note.
    """
    begin_build(home)
    select = _chosen(context) if context.is_subset else []
    total = None if select else len(dbt_project().compiled.nodes)
    report = reporter()
    with stage(name) as counts:
        build = build_holding(
            dbt_project(),
            home,
            select,
            on_node=lambda done, node: report.step(name, done, total, node),
        )
        yield from _results(context, build)
        if build.error:
            said = shown_lines(build.error)
            raise dg.Failure(said, allow_retries=False) from DbtBuildError(said)
        if not context.is_subset:
            pass_build(home)
        counts.update(build.counts())


def _chosen(context: dg.AssetExecutionContext) -> list[str]:
    """The models whose assets a person picked in the web interface."""
    specs = context.assets_def.specs_by_key
    return sorted(specs[key].metadata[UNIQUE_ID] for key in context.selected_asset_keys)


def _results(context: dg.AssetExecutionContext, build: Build) -> Results:
    assets = {spec.metadata[UNIQUE_ID]: spec.key for spec in context.assets_def.specs}
    checks = {spec.metadata[UNIQUE_ID]: spec.key for spec in context.assets_def.check_specs}
    for result in build.results:
        metadata: dict[str, Any] = {"seconds": round(result.seconds, 3)}
        key = assets.get(result.unique_id)
        if key and key in context.selected_asset_keys and result.succeeded:
            rows = {} if result.rows is None else {"dagster/partition_row_count": result.rows}
            yield dg.MaterializeResult(asset_key=key, metadata={**metadata, **rows})
        check = checks.get(result.unique_id)
        if check and check in context.selected_asset_check_keys and result.status != "skipped":
            yield dg.AssetCheckResult(
                passed=result.succeeded,
                asset_key=check.asset_key,
                check_name=check.name,
                metadata={**metadata, "failing rows": result.failures or 0},
            )
