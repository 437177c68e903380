"""`meterhouse quarantine`: rejected events - look, correct, land again, or say why not."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterhouse.cli.arguments import add_as_of, as_of
from raw_events.common.text import counted, shown

if TYPE_CHECKING:
    from raw_events.quarantine.actions import Selection

HELP = "rejected events: list, show, export to correct them, replay, waive"
LISTED = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list|show|export|replay|waive`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, explain in (
        (_list, "which events are rejected, and why"),
        (_show, "one rejected event with its bytes as they came"),
        (_export, "write rejected events to a file, to correct it and replay it"),
        (_replay, "land what is valid now, exactly once; the rest stays open"),
        (_waive, "settle events without landing them; the reason is kept"),
    ):
        name = action.__name__.strip("_")
        command = actions.add_parser(name, help=explain, description=explain)
        command.set_defaults(act=action)
        if name == "show":
            command.add_argument("id", metavar="ID")
            continue
        if name == "export":
            command.add_argument("to", type=Path, metavar="FILE")
        else:
            command.add_argument("ids", nargs="*", metavar="ID", help="these events alone")
        command.add_argument(
            "--code", metavar="CODE", help="this reason code alone (bad_timestamp)"
        )
        command.add_argument("--source", metavar="NAME", help="events of this source alone")
        command.add_argument("--file", metavar="NAME", help="events of this landed file alone")
        if name == "list":
            statuses = ("open", "replayed", "waived", "all")
            command.add_argument("--status", choices=statuses, default="open")
            command.add_argument("--limit", type=int, default=LISTED, help=f"default {LISTED}")
        if name == "replay":
            command.add_argument(
                "--corrected", type=Path, metavar="FILE", help="an exported file, corrected"
            )
        if name == "waive":
            command.add_argument(
                "--reason", required=True, metavar="TEXT", help="why they may stay"
            )
        if name in ("replay", "waive"):
            add_as_of(command)


def execute(arguments: argparse.Namespace) -> int:
    """Do it; 1 if it cannot be done."""
    from meterhouse.common.settings import home

    return int(arguments.act(home(), arguments))


def _list(home: Path, arguments: argparse.Namespace) -> int:
    from raw_events.quarantine.actions import count_rejected, list_rejected

    selection = _selection(arguments)
    counts = count_rejected(home, selection)
    total = sum(row[-1] for row in counts)
    if not total:
        print("No such rejected events.")
        return 0
    print(_table(("file", "source", "received", "code", "status", "events"), counts))
    print()
    events = list_rejected(home, selection, arguments.limit)
    rows = [
        (e.id, e.status, e.reason_code, f"{e.file_name}:{e.line_number}", e.reason) for e in events
    ]
    print(_table(("id", "status", "code", "line", "why"), rows))
    if total > len(events):
        print(f"… {total - len(events):,} more of {total:,}; see them with --limit {total}")
    return 0


def _show(home: Path, arguments: argparse.Namespace) -> int:
    from raw_events.quarantine.actions import show

    event = show(home, arguments.id)
    facts = {
        "id": event.id,
        "status": f"{event.status}{f' ({event.note})' if event.note else ''}",
        "rejected": f"{event.reason_code}: {event.reason}",
        "from": f"{event.file_name}, line {event.line_number} (source {event.source})",
        "received": _cell(event.received_at),
        "batch": f"{event.batch_id} (log version {event.log_version})",
    }
    for name, fact in facts.items():
        print(f"{name:<10}{shown(fact)}")
    # Bytes that are no UTF-8 are shown as escapes: they must not spoil the terminal.
    print(f"\n{event.raw.decode('utf-8', 'backslashreplace')}")
    return 0


def _export(home: Path, arguments: argparse.Namespace) -> int:
    from raw_events.quarantine.actions import export
    from raw_events.quarantine.replay import ids_beside

    count = export(home, arguments.to, _selection(arguments))
    print(
        f"{counted(count, 'event')} written to {shown(arguments.to)}, their ids to "
        f"{shown(ids_beside(arguments.to))}. Leave that as it is; correct the events, line by "
        "line, then:"
    )
    print(f"meterhouse quarantine replay --corrected {shown(arguments.to)}")
    return 0


def _replay(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.warehouse.evidence import check_before_landing
    from raw_events.quarantine.actions import replay

    check_before_landing(home)
    moment = as_of(home, arguments, "land the events as received then, if they are not too old")
    report = replay(home, moment, _selection(arguments), arguments.corrected)
    before = f", settled before {report.settled:,}" if report.settled else ""
    print(f"landed {report.landed:,}, still rejected {report.still_rejected:,}{before}")
    for identity, code, sentence in (*report.faults, *report.before):
        print(f"  {shown(identity)}  {code}  {shown(sentence)}")
    return 0


def _waive(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.warehouse.evidence import check_before_landing
    from raw_events.quarantine.actions import waive

    check_before_landing(home)
    moment = as_of(home, arguments, None)
    count = waive(home, _selection(arguments), arguments.reason, moment)
    print(f"waived {count:,}")
    return 0


def _selection(arguments: argparse.Namespace) -> "Selection":
    from raw_events.quarantine.actions import Selection

    status = getattr(arguments, "status", "open")
    return Selection(
        ids=tuple(getattr(arguments, "ids", ())) or None,
        reason_code=arguments.code,
        source=arguments.source,
        file=arguments.file,
        status=None if status == "all" else status,
    )


def _table(header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    """Aligned columns, the last one as long as it is."""
    lines = [header, *(tuple(map(_cell, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if hasattr(value, "strftime") else shown(value)
