"""`meterhouse`: the command line.

One module per command under commands/, each with `HELP`, `add_arguments(parser)` and
`execute(arguments) -> exit status`. A module imports what is heavy inside `execute`: loading
Dagster and dbt takes seconds, which `ingest` and `--help` do not need.
"""

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

from meterhouse.common import settings
from meterhouse.common.errors import exit_status, user_error
from meterhouse.common.people import plain_streams
from raw_events.common.files import for_owner_and_group_alone
from raw_events.common.text import shown_lines

COMMANDS = (
    "init",
    "ingest",
    "collect",
    "source",
    "run",
    "live",
    "invoice",
    "commit",
    "explain",
    "preview",
    "cost",
    "forecast",
    "metric",
    "price",
    "void",
    "close",
    "retract",
    "verify",
    "quarantine",
    "deliveries",
    "payments",
    "documents",
    "export",
    "token",
    "link",
    "pages",
    "serve",
    "new-metric",
    "test-metric",
    "publish-metric",
    "event-type",
)
FAILED = 1
INTERRUPTED = 130
# Objects made since the last collection, then collections of the younger two generations.
COLLECT_AFTER = (50_000, 20, 100)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 failed, 2 wrong usage, invalid price book or refused `as_of`."""
    for_owner_and_group_alone()
    with plain_streams():
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    arguments = _parser().parse_args(argv)
    # dbt's profile and the children of this process find the data by it.
    os.environ["METERHOUSE_HOME"] = str(settings.home())
    try:
        return int(arguments.execute(arguments))
    except KeyboardInterrupt:
        print("\ninterrupted; nothing half-done stays behind", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`meterhouse invoice … | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        worded = user_error(error)
        if worded is None:
            return _unexpected(error)
        print(f"meterhouse {arguments.command}: {worded}", file=sys.stderr)
        return exit_status(worded)


def program() -> None:
    """`main` as a process of its own; a run loads three thousand modules, so it collects seldom."""
    gc.set_threshold(*COLLECT_AFTER)
    sys.exit(main())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="meterhouse",
        description="Usage metering and billing. Data directory: METERHOUSE_HOME "
        f"(now {settings.home()}); price book: METERHOUSE_SEEDS (now {settings.seeds()}).",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f"meterhouse.cli.commands.{name.replace('-', '_')}")
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(command)
        command.set_defaults(execute=module.execute)
    return parser


def _unexpected(error: Exception) -> int:
    """A bug or a broken machine: one line for the person, the trace for whoever mends it."""
    log = settings.home() / "logs" / "errors.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as file:
            file.write(shown_lines("".join(traceback.format_exception(error))) + "\n")
        where = f"the trace is in {log}"
    except OSError:
        where = "".join(traceback.format_exception(error))
    reason = str(error).strip().splitlines() or [""]
    print(f"meterhouse failed: {type(error).__name__}: {reason[0]} ({where})", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    program()
