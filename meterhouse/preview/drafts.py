"""Models in the scratch: the models of a run, up to the drafts."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from meterhouse.common.progress import reporter, stage
from meterhouse.common.settings import data_directory
from meterhouse.dbt.hold import build_holding
from meterhouse.dbt.project import ParsedProject
from meterhouse.metrics.registry import billed_metrics
from meterhouse.preview.errors import PreviewFailed
from meterhouse.warehouse.database import open_warehouse, table_exists
from meterhouse.warehouse.kept_run import compute_all

DRAFTS = ("+draft_lines", "+draft_invoices")
# The events are in the copy. Tests are for what is published.
LEFT_OUT = ("folder:events",)


def unneeded_metrics(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Metric versions, as a build names them, that are built and that no product points at."""
    used = set(
        con.execute("select distinct metric, version from price_book.product_metrics").fetchall()
    )
    return [
        f"{metric}.v{version}"
        for metric, version in billed_metrics()
        if (metric, version) not in used and table_exists(con, "metrics", f"{metric}_v{version}")
    ]


def build_in(
    scratch: Path,
    project: ParsedProject,
    select: list[str],
    exclude: Sequence[str] = (),
    tests: bool = True,
    all_contracts: bool = True,
) -> None:
    """Build the selected models there; PreviewFailed, with its words, if one cannot be computed.

    Of all contracts that are in the scratch; else of those that something happened to since the
    run that is kept (decision 0385).
    """
    report = reporter()
    if all_contracts:
        with open_warehouse(scratch) as con:
            compute_all(con)
    with stage("models") as counts, data_directory(scratch):
        build = build_holding(
            project,
            scratch,
            select,
            exclude,
            on_node=lambda done, node: report.step("models", done, None, node),
            tests=tests,
        )
        if build.error:
            raise PreviewFailed(
                f"{build.error.replace(str(scratch), 'the scratch')}\n"
                "Nothing was changed: a preview computes in a scratch copy."
            )
        counts.update({"models": build.counts()["models"]})
