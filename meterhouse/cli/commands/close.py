"""`meterhouse close`: close a month of the books, for good (S-82)."""

import argparse
from datetime import date
from typing import TYPE_CHECKING

from meterhouse.cli.arguments import add_as_of, as_of
from meterhouse.cli.arguments import month as read_month
from meterhouse.cli.confirm import confirm
from meterhouse.common.errors import UsageError
from raw_events.common.text import shown

if TYPE_CHECKING:
    from pathlib import Path

HELP = "close a month of the books: its entries never change, what comes later is booked later"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`YYYY-MM [--accept TEXT] [--yes]`, `list`, `show YYYY-MM`."""
    parser.add_argument("what", metavar="YYYY-MM|list|show", help="the month, list, or show")
    parser.add_argument("month", nargs="?", metavar="YYYY-MM", help="the month to show")
    parser.add_argument(
        "--accept", metavar="TEXT", help="close although something is open, and why; it is recorded"
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask; needed where there is no terminal"
    )
    add_as_of(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Close, or say what is closed. No run may compute meanwhile."""
    from meterhouse.common.settings import home

    if arguments.what == "list":
        return _list(home())
    if arguments.what == "show":
        return _show(home(), read_month(arguments.month))
    return _close(home(), read_month(arguments.what), arguments)


def _close(home: "Path", month: date, arguments: argparse.Namespace) -> int:
    from meterhouse.close.close import close_month
    from meterhouse.close.errors import CloseRefused
    from meterhouse.common.users import operating_user
    from meterhouse.warehouse.database import open_warehouse
    from meterhouse.warehouse.lock import run_lock

    if not (home / "warehouse.duckdb").exists():
        raise CloseRefused("There is nothing to close yet. Do a run first: meterhouse run")
    user = operating_user()
    if not confirm(f"To close {month:%Y-%m}, as {user}:", arguments.yes):
        print("Nothing was done.")
        return 1
    with run_lock(home), open_warehouse(home) as con:
        moment = as_of(home, arguments, "close the month", con)
        done = close_month(con, home, month, moment, user, arguments.accept)
    for what, found in done.checklist.checked:
        print(f"{what}: {shown(found)}")
    print(f"{month:%Y-%m} is closed with {done.entries} entries.")
    print(f"Keep this line elsewhere: closed {month:%Y-%m}:{done.digest}")
    print("The next run publishes it: meterhouse run", flush=True)
    return 0


def _list(home: "Path") -> int:
    from meterhouse.close.record import closed_months

    months = closed_months(home)
    for row in months:
        print(
            f"{row['month']:%Y-%m}  {row['entries']} entries, closed {row['closed_at']:%Y-%m-%d} by"
            f" {shown(row['closed_by'])}  {row['digest'][:16]}"
        )
    if not months:
        print("No month is closed.")
    return 0


def _show(home: "Path", month: date) -> int:
    from meterhouse.close.record import closed_months, closed_totals

    found = [row for row in closed_months(home) if row["month"] == month]
    if not found:
        raise UsageError(f"{month:%Y-%m} is not closed. See what is with: meterhouse close list")
    [row] = found
    print(
        f"{month:%Y-%m}, closed {row['closed_at']:%Y-%m-%d %H:%M} UTC by {shown(row['closed_by'])}"
    )
    print(f"as of {row['as_of']:%Y-%m-%d %H:%M} UTC; digest {row['digest']}")
    if row["accepted"]:
        print(f"accepted: {shown(row['accepted'])}")
    for currency, account, name, *sums in closed_totals(home, month):
        debit, credit = (
            f"{amount:,.2f}" if amount == round(amount, 2) else f"{amount:,}" for amount in sums
        )
        print(f"{currency}  {account:<8} {shown(name):<32} {debit:>16} {credit:>16}")
    return 0
