"""Third step: all models and their tests, from events to drafts and to what people read."""

from pathlib import Path

from meterhouse.common.errors import DbtBuildError
from meterhouse.common.progress import stage
from meterhouse.dbt.hold import build_holding
from meterhouse.dbt.project import parsed_project
from meterhouse.dbt.results import Build
from meterhouse.ledger.passed_build import forget_passed_build, note_passed_build
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.up_to_date import forget_up_to_date
from raw_events.common.text import shown_lines


def begin_build(home: Path) -> None:
    """Before a build: what was published, and what passed, counts no more."""
    with open_warehouse(home) as con:
        forget_up_to_date(con)
        forget_passed_build(con)


def pass_build(home: Path) -> None:
    """After a whole build that passed: what comes after it may go on (S-48)."""
    with open_warehouse(home) as con:
        note_passed_build(con)


def build_all(home: Path) -> Build:
    """Build everything, so that every test is passed before an invoice is final.

    Raises DbtBuildError with what failed.
    """
    begin_build(home)
    with stage("models") as counts:
        build = build_holding(parsed_project(), home)
        if build.error:
            raise DbtBuildError(shown_lines(build.error))
        pass_build(home)
        counts.update(build.counts())
    return build
