"""`meterhouse ingest`: files of events into the raw log."""

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.cli.arguments import add_as_of, as_of
from raw_events.common.source_names import fault_of
from raw_events.common.text import shown, shown_lines

if TYPE_CHECKING:
    from meterhouse.common.progress import Reporter
    from raw_events.ingest.landing import LandingReport

HELP = "land files of events (.ndjson, .jsonl, .csv, .parquet, also .gz) in the raw log"

LANDS = "land these events as received then, and reject what is older than 34 days"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--source NAME] [--as-of TS] FILE…`."""
    parser.add_argument(
        "--source",
        type=_source,
        default="files",
        metavar="NAME",
        help="where the events are from (files)",
    )
    add_as_of(parser)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")


def execute(arguments: argparse.Namespace) -> int:
    """Land one file after the other, a line for each; a file that cannot be landed stops no other.

    1 if one could not be landed or was cut off, 2 if the `as_of` was refused.
    """
    from meterhouse.cli.reporters import reporter_for
    from meterhouse.common.settings import home
    from meterhouse.warehouse.evidence import check_before_landing
    from raw_events.common.errors import LandingError
    from raw_events.ingest.landing import land_file

    # To an older log this would give versions a second meaning.
    check_before_landing(home())
    status = 0
    with reporter_for(sys.stdout) as reporter:
        for path in arguments.files:
            reporter.begin(path.name)
            try:
                report = land_file(
                    home(),
                    path,
                    arguments.source,
                    as_of(home(), arguments, LANDS),
                    partial(_step, reporter, path.name),
                )
            except LandingError as error:
                said = shown_lines(f"{shown(path)}: not landed: {error}")
                print(said, file=sys.stderr, flush=True)
                status = max(status, error.exit_status)
                reporter.drop()
            else:
                reporter.drop()
                for line in lines(home(), path, report):
                    reporter.say(line)
                # Landed as far as it goes; whoever sent it must hear that there was more.
                status = max(status, int(report.is_cut))
    return status


def _source(text: str) -> str:
    fault = fault_of(text, but=("files",))
    if fault:
        raise argparse.ArgumentTypeError(fault)
    return text


def _step(reporter: "Reporter", name: str, done: int, total: int) -> None:
    reporter.step(name, done, total, "")


def lines(home: Path, path: Path, report: "LandingReport") -> list[str]:
    """What became of a file: its three counts, why events were rejected, what else to know."""
    already = 0
    if report.already_landed:
        from raw_events.log.event_log import EventLog

        batch = EventLog(home).find(report.batch_id)
        already = batch.accepted + batch.rejected if batch else 0
    said = [
        f"{shown(path)}: accepted {report.accepted:,}, rejected {report.rejected:,}, "
        f"already landed {already:,}"
    ]
    if report.rejected:
        reasons = [f"{reason} {count:,}" for reason, count in report.rejected_by_reason.items()]
        said.append(f"  rejected: {', '.join(reasons)} (see: meterhouse quarantine list)")
    return said + [f"  {note}" for note in report.notes]
