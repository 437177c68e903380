"""Third step: all models and their tests, from events to drafts and to what people read."""

from collections.abc import Callable
from pathlib import Path

from meterhouse.common.errors import DbtBuildError
from meterhouse.common.progress import reporter, stage
from meterhouse.dbt.hold import build_holding
from meterhouse.dbt.project import ParsedProject
from meterhouse.dbt.results import Build
from meterhouse.ledger.passed_build import forget_passed_build, note_passed_build
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.kept_run import forget_rated_run
from meterhouse.warehouse.up_to_date import check_code, forget_up_to_date
from raw_events.common.text import shown_lines


def build_all(
    home: Path, project: ParsedProject, hear: Callable[[Build], None] | None = None
) -> Build:
    """Build all of `project`, so that every test is passed before an invoice is final.

    `hear` is told of the build also where it failed. While it lasts, neither what was published nor
    a build that passed counts; one that passed is noted for what comes after it (S-48). Raises
    DbtBuildError with what failed.
    """
    with open_warehouse(home) as con:
        forget_up_to_date(con)
        forget_passed_build(con)
        forget_rated_run(con)
        check_code(con, project.digest)
    report, total = reporter(), len(project.compiled.nodes)
    with stage("models") as counts:
        build = build_holding(
            project, home, on_node=lambda done, node: report.step("models", done, total, node)
        )
        if hear:
            hear(build)
        if build.error:
            raise DbtBuildError(shown_lines(build.error))
        with open_warehouse(home) as con:
            note_passed_build(con)
        counts.update(build.counts())
    return build
