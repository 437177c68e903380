"""`meterhouse event-type`: schemas of event types - write, check, publish (S-64)."""

import argparse
from pathlib import Path

HELP = "schemas of event types: new, check, publish"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`new TYPE`, `check [TYPE]`, `publish TYPE VERSION [--reason TEXT]`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for action, explain in (
        (_new, "write the next version of a schema, from what events have or the version before"),
        (_check, "what is wrong with what is not published, and which events it would refuse"),
        (_publish, "freeze a version: from now on it judges what lands"),
    ):
        name = action.__name__.strip("_")
        command = actions.add_parser(name, help=explain, description=explain)
        command.set_defaults(act=action)
        if name == "check":
            command.add_argument("type", nargs="?", metavar="TYPE", help="this type alone")
            continue
        command.add_argument("type", metavar="TYPE", help="an event type")
        if name == "publish":
            command.add_argument("version", type=int, metavar="VERSION", help="its version")
            command.add_argument(
                "--reason",
                metavar="TEXT",
                help="why what a metric reads is loosened all the same; it is recorded",
            )


def execute(arguments: argparse.Namespace) -> int:
    """Do it; 2 if a version is refused or the folder is not in order."""
    from meterhouse.common.settings import home

    return int(arguments.act(home(), arguments))


def _new(home: Path, arguments: argparse.Namespace) -> int:
    from difflib import get_close_matches

    from meterhouse.event_types.history import DAYS, recent_types
    from meterhouse.event_types.scaffold import new_version
    from raw_events.common.text import shown

    path = new_version(home, arguments.type)
    print(f"wrote {shown(path)}")
    types = recent_types(home)
    if arguments.type not in types:
        near = get_close_matches(arguments.type, types, 1)
        meant = f"; did you mean {shown(near[0])}?" if near else "."
        print(
            f"note: no event of the type {shown(arguments.type)} landed in the last {DAYS} days"
            f"{meant}"
        )
    print(f"Next: edit it, then meterhouse event-type check {shown(arguments.type)}")
    return 0


def _check(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.event_types.check import check_event_types
    from meterhouse.reports.event_types import print_checked

    registry, checked = check_event_types(home, arguments.type)
    if not registry.versions:
        print(f"There are no schemas in {registry.folder}; every event type is taken as it is.")
    print_checked(registry, checked, arguments.type)
    return 2 if registry.problems or any(one.against for one in checked) else 0


def _publish(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.event_types.check import publish
    from meterhouse.reports.event_types import history_lines
    from raw_events.common.text import shown

    found = publish(home, arguments.type, arguments.version, (arguments.reason or "").strip())
    print(
        f"{shown(found.event_type)} version {found.version} is published and frozen; it judges "
        f"what lands from now on, mode {found.mode}"
    )
    for line in history_lines(found.history) if found.history else ():
        print(shown(line))
    return 0
