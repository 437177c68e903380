"""Arguments that several commands have."""

import argparse
import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.common.errors import UsageError
from meterhouse.common.instants import parse_instant
from raw_events.common.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """`--as-of`, `--now`, `--ahead`: the moment that the command works for (S-4)."""
    parser.add_argument(
        "--as-of",
        type=_instant,
        metavar="TS",
        help="the moment to work for, RFC 3339 with a zone (2026-02-01T00:00:00Z); default: now",
    )
    parser.add_argument(
        "--now",
        action="store_true",
        help="now, also where the commands before were given moments long past",
    )
    parser.add_argument(
        "--ahead",
        action="store_true",
        help="take an --as-of that this machine's clock has not reached",
    )


def as_of(
    home: Path,
    arguments: argparse.Namespace,
    does: "str | Callable[[Path, datetime], str] | None",
    con: "duckdb.DuckDBPyConnection | None" = None,
) -> datetime:
    """The moment that the arguments of `add_as_of` ask for; ClockError if it is refused (S-4).

    `does`: what the command would do then, after "it would"; None if nothing follows from the
    moment. `con`: the warehouse, if it is open.
    """
    from meterhouse.warehouse.clock import choose_as_of

    given, now, ahead = arguments.as_of, arguments.now, arguments.ahead
    return choose_as_of(home, given, does, now=now, ahead=ahead, con=con)


def whole(least: int, most: int) -> "Callable[[str], int]":
    """The type of an option that is a whole number between these."""

    def read(text: str) -> int:
        is_one = text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 20
        if not is_one or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(
                f"{shown(text[:50])} is no whole number from {least:,} to {most:,}"
            )
        return int(text)

    return read


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def month(text: str | None) -> date:
    """The first day of a month like 2026-03; UsageError if it is none."""
    if not text or not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text) or text < "0001":
        raise UsageError(f"{shown(text or 'Nothing')} is no month: write it like 2026-03.")
    return date(int(text[:4]), int(text[5:]), 1)
