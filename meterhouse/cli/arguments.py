"""Arguments that several commands have."""

import argparse
from datetime import UTC, datetime

from meterhouse.common.errors import UsageError
from meterhouse.common.instants import parse_instant


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """`--as-of`: the moment that the command works for (S-4)."""
    parser.add_argument(
        "--as-of",
        type=_instant,
        metavar="TS",
        help="the moment to work for, RFC 3339 with a zone (2026-02-01T00:00:00Z); default: now",
    )


def now() -> datetime:
    """The machine's clock: what `--as-of` is when it is left out."""
    return datetime.now(UTC)


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
