"""`meterhouse run`: everything that is due, once."""

import argparse
import logging
import sys
import warnings
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from meterhouse.cli.arguments import add_as_of, as_of

HELP = "everything that is due, once: landing, metering, rating, drafts, finalization, marts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--as-of`, `--now`, `--ahead`, `--again`, `--confirm-periods`."""
    add_as_of(parser)
    parser.add_argument(
        "--again",
        action="store_true",
        help="compute and publish also when nothing is new since the last run",
    )
    parser.add_argument(
        "--confirm-periods",
        action="append",
        default=[],
        metavar="CONTRACT",
        help="let this contract make more than 1,200 billing periods at once; may be repeated",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run the Dagster job `run` in this process, as the schedule and the web interface do."""
    # Dagster warns of its own preview features; a person who bills customers cannot act on that.
    warnings.filterwarnings("ignore", module=r"dagster(\W|$)")
    # On a full disk each line of a log file that cannot be written would print a trace.
    logging.raiseExceptions = False

    from meterhouse.cli.reporters import reporter_for
    from meterhouse.common.errors import user_error
    from meterhouse.common.progress import reporting_to
    from meterhouse.common.settings import home
    from meterhouse.warehouse.clock import due_by
    from meterhouse.warehouse.errors import ContractsHeld, SourcesStopped

    # The job asks the same; here a person need not wait until Dagster is loaded.
    as_of(home(), arguments, due_by)
    run_job = _pipeline()
    clock = {"as_of": arguments.as_of, "now": arguments.now, "ahead": arguments.ahead}
    asked = {"again": arguments.again, "confirm_periods": arguments.confirm_periods}
    try:
        with reporter_for(sys.stdout) as reporter, reporting_to(reporter):
            run_job(home(), **clock, **asked)
    except Exception as error:
        # All others are published, and final where they were due.
        if isinstance(user_error(error), ContractsHeld | SourcesStopped):
            _say_where(home())
        raise
    _say_where(home())
    return 0


def _say_where(home: Path) -> None:
    from meterhouse.warehouse.marks import current_mark, note_line

    print(f"Marts: {home / 'marts'}")
    print(f"Keep this line elsewhere: {note_line(current_mark(home))}", flush=True)


def _pipeline() -> Callable[..., None]:
    """The job that runs the pipeline: `run_job` of dagster_pipeline, with home and arguments.

    Found by its entry point (pyproject.toml), because nothing here imports Dagster: imports run one
    way, from dagster_pipeline to meterhouse.
    """
    (found,) = entry_points(group="meterhouse.pipeline", name="run")
    job: Callable[..., None] = found.load()
    return job
