"""`meterhouse run`: everything that is due, once."""

import argparse
import logging
import sys
import warnings

from dagster_pipeline.commands.arguments import add_as_of

HELP = "everything that is due, once: landing, metering, rating, drafts, finalization, marts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--as-of`, `--again`."""
    add_as_of(parser)
    parser.add_argument(
        "--again",
        action="store_true",
        help="compute and publish also when nothing is new since the last run",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run the Dagster job `run` in this process, as the schedule and the web interface do."""
    # Dagster warns of its own preview features; a person who bills customers cannot act on that.
    warnings.filterwarnings("ignore", module=r"dagster(\W|_dbt|$)")
    # On a full disk each line of a log file that cannot be written would print a trace.
    logging.raiseExceptions = False

    from dagster_pipeline.commands.reporters import reporter_for
    from dagster_pipeline.job import run_job
    from dagster_pipeline.progress import reporting_to
    from dagster_pipeline.settings import home

    with reporter_for(sys.stdout) as reporter, reporting_to(reporter):
        run_job(home(), arguments.as_of, arguments.again)
    print(f"Marts: {home() / 'marts'}")
    return 0
