"""`meterhouse collect`: ask a source for what is new, now."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.cli.arguments import add_as_of, as_of
from raw_events.common.text import shown, shown_lines

if TYPE_CHECKING:
    from datetime import datetime

    from raw_events.collectors.collect import Collected
    from raw_events.collectors.source import Source

HELP = "ask a collector's source for what is new and land it, now; or show what would land"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`NAME… [--dry-run]`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all collectors")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the next 20 events and what would become of them; nothing is landed",
    )
    add_as_of(parser)


def execute(arguments: argparse.Namespace) -> int:
    """A line for each source; one that stops is named, and stops no other; then 1.

    Also 1 if something was set aside: it is not in the log. A source that another process reads at
    this moment has nothing to do: that is no fault.
    """
    from meterhouse.common.settings import collectors, home
    from meterhouse.warehouse.evidence import check_before_landing
    from raw_events.collectors.collect import Collected, said
    from raw_events.collectors.errors import BeingCollected
    from raw_events.collectors.folder import collector_files, open_source
    from raw_events.common.errors import CannotWrite, ClockWentBack, LandingError

    does = "collect as received then, and reject what is older than 34 days"
    moment = as_of(home(), arguments, does)
    if not arguments.dry_run:
        check_before_landing(home())
    folder, status = collectors(), 0
    names = arguments.names or [*collector_files(folder)]
    if not names:
        where = f"in {folder}" if folder else "beside the price book, or in METERHOUSE_COLLECTORS"
        print(f"There are no collectors {where} (docs/collectors.md); nothing was asked.")
    for name in names:
        done = Collected(name)
        try:
            source = open_source(folder, name)
            if arguments.dry_run:
                _dry_run(home(), source, moment)
            elif _collect(home(), source, arguments, does, done):
                status = max(status, 1)
        except BeingCollected:
            print(f"{shown(name)}: is being read by another process just now; nothing to do")
        except (ClockWentBack, CannotWrite):
            raise
        except LandingError as error:
            # What was landed before it stopped stays.
            before = f"{done.counts()}; then " if done.batches else ""
            text = f"{shown(name)}: {before}stopped: {said(name, error)}"
            print(shown_lines(text), file=sys.stderr, flush=True)
            status = max(status, error.exit_status)
    return status


def _collect(
    home: Path, source: "Source", arguments: argparse.Namespace, does: str, done: "Collected"
) -> bool:
    """Whether something was set aside; `done` has what landed, also where it stops."""
    from raw_events.collectors.collect import collect
    from raw_events.collectors.state import FOLDER

    collect(home, source, lambda: as_of(home, arguments, does), by_hand=True, done=done)
    print(f"{shown(done.name)}: {done.counts()}")
    if done.rejected:
        reasons = [f"{reason} {count:,}" for reason, count in done.rejected_by_reason.items()]
        print(f"  rejected: {', '.join(reasons)} (see: meterhouse quarantine list)")
    _print_notes(source, home, done.note)
    for line in done.aside:
        print(f"{shown(done.name)}: set aside: {shown_lines(line)}", file=sys.stderr, flush=True)
    if done.aside:
        print(f"  with reports in {shown(home / FOLDER / f'{done.name}.refused')}", file=sys.stderr)
    return bool(done.aside)


def _dry_run(home: Path, source: "Source", moment: "datetime") -> None:
    from raw_events.collectors.dry_run import dry_run

    events = dry_run(home, source, moment)
    print(f"{shown(source.name)}: {'the next events' if events else 'nothing is new'}")
    for it in events:
        at = f"{it.timestamp:%Y-%m-%dT%H:%M:%S.%fZ}" if it.timestamp else "no timestamp"
        facts = (it.outcome, at, it.customer_id, it.event_type, it.transaction_id, it.properties)
        print(f"  {'  '.join(shown(fact) for fact in facts if fact is not None)}")
        if it.sentence:
            print(f"    {shown(it.sentence)}")
    _print_notes(source, home, source.note)


def _print_notes(source: "Source", home: Path, note: str | None) -> None:
    """Why it was read no further, and what in its file has no effect."""
    from raw_events.collectors.state import StateFile, changed_start
    from raw_events.log.event_log import EventLog

    position = EventLog(home).position(source.name)
    state = StateFile(home, source.name).read()
    for text in (note, changed_start(source, state, position and position.value)):
        if text:
            print(f"  note: {shown_lines(text)}")
