"""`meterhouse source`: how far each source was read, and how one goes on after a loss."""

import argparse
import json
from pathlib import Path

from meterhouse.cli.arguments import add_as_of, as_of
from raw_events.common.text import shown, shown_lines

HELP = "sources that are asked for events: position, lag, last error; go on after a loss"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list`, `skip NAME --reason TEXT`, `forget NAME`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = "every source with its position, lag, last success and last error"
    command = actions.add_parser("list", help=listing, description=listing)
    command.set_defaults(act=_list)
    command.add_argument("--format", choices=("text", "json"), default="text")
    add_as_of(command)
    skipping = "let a source go on behind what it lost, or cannot give; the reason stays in the log"
    command = actions.add_parser("skip", help=skipping, description=skipping)
    command.set_defaults(act=_skip)
    command.add_argument("name", metavar="NAME")
    command.add_argument("--reason", required=True, metavar="TEXT", help="why it may go on")
    add_as_of(command)
    forgetting = "list a source that has no collector any more no longer; the log keeps its events"
    command = actions.add_parser("forget", help=forgetting, description=forgetting)
    command.set_defaults(act=_forget)
    command.add_argument("name", metavar="NAME")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; 1 if a source is stopped or nothing could be skipped."""
    from meterhouse.common.settings import home

    return int(arguments.act(home(), arguments))


def _list(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.common.settings import collectors
    from meterhouse.warehouse.clock import machine_clock
    from raw_events.collectors.collect import said
    from raw_events.collectors.overview import overview

    sources = overview(home, collectors(), arguments.as_of or machine_clock())
    if arguments.format == "json":
        rows = [
            {
                "name": it.name,
                "kind": it.state.kind or None,
                "status": it.status,
                "position": it.position and json.loads(it.position),
                "lag": it.state.lag,
                "note": it.state.note,
                "hint": it.hint,
                "last_success": it.state.last_success,
                "last_landed": it.state.last_landed,
                "last_attempt": it.state.last_attempt,
                "last_error": it.fault or it.state.last_error,
                "last_error_at": it.state.last_error_at,
            }
            for it in sources
        ]
        print(json.dumps(rows, indent=1))
    elif not sources:
        print("There are no sources. A collector is a file in the folder collectors beside the")
        print("price book, or in METERHOUSE_COLLECTORS (docs/collectors.md).")
    else:
        for it in sources:
            lag = ", ".join(f"{count:,} {unit}" for unit, count in (it.state.lag or {}).items())
            lag += f", as of {it.state.last_attempt}" if lag and it.state.last_attempt else ""
            print(f"{shown(it.name)}: {it.status}")
            print(f"  position      {shown(it.position or 'nothing landed yet')[:200]}")
            print(f"  lag           {lag or 'not known'}")
            if it.state.note:
                print(f"  note          {shown(it.state.note)}")
            if it.hint:
                print(f"  note          {shown(it.hint)}")
            # Of a look that came to its end; batches that landed before it stopped are below.
            print(f"  last success  {it.state.last_success or 'never read to its end'}")
            print(f"  last landed   {it.state.last_landed or 'not known'}")
            if error := it.fault or (it.state.last_error and said(it.name, it.state.last_error)):
                print(f"  last error    {it.state.last_error_at or ''}")
                print("\n".join(f"    {line}" for line in shown_lines(error).splitlines()))
    return int(any(it.status == "stopped" for it in sources))


def _forget(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.common.settings import collectors
    from raw_events.collectors.overview import forget

    forget(home, collectors(), arguments.name)
    print(
        f"{shown(arguments.name)} is not listed any more. The log keeps its events and up to where"
    )
    print("it was read: with its file back in the folder of collectors it goes on from there.")
    return 0


def _skip(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.common.settings import collectors
    from meterhouse.common.users import operating_user
    from meterhouse.warehouse.evidence import check_before_landing
    from raw_events.collectors.collect import skip
    from raw_events.collectors.folder import open_source

    check_before_landing(home)
    source = open_source(collectors(), arguments.name)
    moment = as_of(home, arguments, "let the source go on as of then")
    found, entry = skip(home, source, arguments.reason, operating_user(), moment)
    print(f"{shown(arguments.name)} goes on from {shown(json.dumps(found.to))}, without")
    print(f"{shown_lines(found.what)} (log version {entry.version}).")
    return 0
