"""`meterhouse payments`: what became of the money for invoices - record, import, withdraw, list."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.cli.arguments import add_as_of, as_of
from raw_events.common.text import shown

if TYPE_CHECKING:
    from meterhouse.delivery.billing.entered import Entry

HELP = "payments of invoices: enter those that no provider tells, list all"
KEEPS = "keep the payments as known from then on"
LISTED = 50
# meterhouse.delivery.billing.entered.ENTERED, which is heavy to import.
STATUSES = (
    *("paid", "partially_paid", "payment_failed", "uncollectible"),
    *("partially_refunded", "disputed", "refunded", "charged_back"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`record|import|withdraw|list`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, act, explain in (
        ("record", _record, "enter one payment, or what else became of an invoice's money"),
        ("import", _import, "enter those of a CSV file: invoice, on, and perhaps more columns"),
        ("withdraw", _withdraw, "one that was entered for the wrong invoice counts no more"),
        ("list", _list, "what is known, the latest first; of an invoice what it comes to"),
    ):
        command = actions.add_parser(name, help=explain, description=explain)
        command.set_defaults(act=act)
        if name == "record":
            command.add_argument("invoice", metavar="INVOICE", help="id or number of an invoice")
            command.add_argument(
                "--on", required=True, metavar="DAY", help="when, like 2026-03-05 (UTC)"
            )
            command.add_argument("--status", choices=STATUSES, default="paid")
            command.add_argument(
                "--amount", default="", metavar="N", help="like 1250.00; default of paid: the total"
            )
            command.add_argument("--currency", default="", help="default: the invoice's")
            command.add_argument(
                "--reference", default="", metavar="TEXT", help="of the bank; known once"
            )
            command.add_argument("--detail", default="", metavar="TEXT", help="more, for people")
        if name == "import":
            command.add_argument("file", type=Path, metavar="FILE")
        if name == "withdraw":
            command.add_argument("event", metavar="EVENT_ID", help="as the list shows it")
            command.add_argument(
                "--reason", required=True, metavar="TEXT", help="why; it stays in the log"
            )
        if name == "list":
            command.add_argument("invoice", nargs="?", metavar="INVOICE", help="of this one alone")
            command.add_argument("--limit", type=int, default=LISTED, help=f"default {LISTED}")
            command.add_argument(
                "--unknown", action="store_true", help="of invoices that the ledger does not have"
            )
        else:
            add_as_of(command)


def execute(arguments: argparse.Namespace) -> int:
    """Do it; 2 if a row is wrong, and then none is recorded."""
    from meterhouse.common.settings import home

    return int(arguments.act(home(), arguments))


def _record(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.delivery.billing.entered import Entry

    names = ("invoice", "status", "on", "amount", "currency", "reference", "detail")
    return _enter(home, arguments, [Entry(**{name: getattr(arguments, name) for name in names})])


def _import(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.delivery.billing.entered import read_entries

    return _enter(home, arguments, read_entries(arguments.file))


def _enter(home: Path, arguments: argparse.Namespace, entries: "list[Entry]") -> int:
    from meterhouse.common.users import operating_user
    from meterhouse.delivery.billing.entered import enter

    done = enter(home, entries, as_of(home, arguments, KEEPS), operating_user())
    known = f", {done.known:,} were there already" if done.known else ""
    print(f"{len(done.new):,} recorded{known}.")
    if done.new:
        print("The marts show it after the next run: meterhouse run")
    return 0


def _withdraw(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.common.users import operating_user
    from meterhouse.delivery.billing.withdrawn import withdraw

    moment = as_of(home, arguments, KEEPS)
    done = withdraw(home, arguments.event, arguments.reason, moment, operating_user())
    event = done.event
    amount = (
        f" of {event['amount']:,.2f} {event['currency']}" if event["amount"] is not None else ""
    )
    print(
        f"{event['status']}{amount} for {shown(event['invoice_id'])} "
        f"{'counts no more' if done.is_new else 'was withdrawn already'}."
    )
    if done.is_new:
        print("The marts show it after the next run: meterhouse run")
    return 0


def _list(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.delivery.billing.listed import list_payments

    found = list_payments(home, arguments.invoice, arguments.limit, arguments.unknown)
    if not found.rows:
        print("No payments are known.")
    for row in found.rows:
        amount = f"  {row['amount']:,.2f} {row['currency']}" if row["amount"] is not None else ""
        print(f"{row['occurred_at']:%Y-%m-%d %H:%M}Z  {row['status']:<18}{amount}")
        by = f", entered by {shown(row['recorded_by'])}" if row["recorded_by"] else ""
        print(f"    {shown(row['invoice_id'])}  {shown(row['provider'])} {shown(row['event_id'])}")
        detail = f": {shown(row['detail'])}" if row["detail"] else ""
        print(f"    known since {row['received_at']:%Y-%m-%d %H:%M}Z{by}{detail}")
        if row["withdrawn_since"] is not None:
            print(
                f"    counts no more since {row['withdrawn_since']:%Y-%m-%d %H:%M}Z, withdrawn by "
                f"{shown(row['withdrawn_by'])}: {shown(row['withdrawn_because'])}"
            )
    if found.count > len(found.rows):
        more = f"{found.count - len(found.rows):,} more of {found.count:,}"
        print(f"… {more}; see them with --limit {found.count}")
    if found.invoice is not None:
        one = found.invoice
        print(
            f"{shown(one['invoice_number'] or one['invoice_id'])}: {one['total']:,.2f} "
            f"{one['currency']}, received {one['received']:,.2f}, still owed {one['due']:,.2f}"
            f"{' (it is void)' if one['status'] == 'void' else ''}"
        )
    if found.unknown and not arguments.unknown:
        print(
            f"{found.unknown:,} event(s) are of invoices that the ledger does not have: "
            "meterhouse payments list --unknown"
        )
    return int(arguments.unknown and found.unknown > 0)
