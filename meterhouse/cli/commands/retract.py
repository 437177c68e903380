"""`meterhouse retract`: landed events are taken back by their ids (S-51)."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.cli.arguments import add_as_of, as_of
from raw_events.common.text import counted, shown

if TYPE_CHECKING:
    from raw_events.ingest.retract import RetractedId

HELP = "take landed events back by their transaction ids; what was taken back is listed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`ID… --reason TEXT [--as-of TS]`, or `--list`."""
    parser.add_argument("ids", nargs="*", metavar="ID", help="transaction ids of the events")
    parser.add_argument(
        "--ids-from", type=Path, metavar="FILE", help="a file with one transaction id a line"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why; it stays in the log")
    parser.add_argument(
        "--list", action="store_true", help="what was taken back (of these ids), by whom and why"
    )
    add_as_of(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Take back, or list; 1 if the log knows none of the ids."""
    from meterhouse.common.errors import UsageError
    from meterhouse.common.settings import home
    from meterhouse.common.users import operating_user
    from meterhouse.warehouse.evidence import check_before_landing
    from raw_events.ingest.retract import retract

    ids = [*arguments.ids, *_ids_of(arguments.ids_from)]
    if arguments.list:
        return _list(home(), ids)
    if not ids or not (arguments.reason or "").strip():
        raise UsageError(
            "Name the ids to take back, and why: meterhouse retract ID… --reason TEXT. "
            "What was taken back so far: meterhouse retract --list"
        )
    check_before_landing(home())
    moment = as_of(home(), arguments, "take the events back as of then")
    report = retract(home(), ids, arguments.reason, operating_user(), moment)
    for id in report.ids:
        print(_sentence(id))
    if report.log_version is not None:
        print("The next run bills without them: meterhouse run")
    if not any(id.landed for id in report.ids):
        print("The log has none of these ids; nothing was recorded.", file=sys.stderr)
        return 1
    return 0


def _sentence(id: "RetractedId") -> str:
    if not id.landed:
        return f"{shown(id.transaction_id)}: not in the log; nothing recorded for it"
    if not id.taken_back:
        return f"{shown(id.transaction_id)}: taken back before; nothing recorded for it"
    return f"{shown(id.transaction_id)}: {counted(id.taken_back, 'event')} taken back"


def _list(home: Path, ids: list[str]) -> int:
    from raw_events.log.event_log import EventLog
    from raw_events.log.retractions import retractions

    wanted = set(ids)
    found = [
        (each, {id: count for id, count in each.events.items() if not wanted or id in wanted})
        for each in retractions(EventLog(home))
    ]
    for each, events in found:
        if events:
            print(
                f"{each.received_at:%Y-%m-%dT%H:%M:%SZ} by {shown(each.retracted_by)} "
                f"(log version {each.log_version}): {shown(each.reason)}"
            )
            for id, count in events.items():
                print(f"  {shown(id)}  {counted(count, 'event')}")
    if not any(events for _, events in found):
        print("Nothing was taken back.")
    return 0


def _ids_of(path: Path | None) -> list[str]:
    from meterhouse.common.errors import UsageError

    if path is None:
        return []
    try:
        return [line for line in path.read_text("utf-8").splitlines() if line]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--ids-from {path} cannot be read: {error}") from error
