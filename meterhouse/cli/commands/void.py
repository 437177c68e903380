"""`meterhouse void`: cancel a final invoice with a credit note, at once (S-50, S-55)."""

import argparse
import sys
from typing import TYPE_CHECKING

from meterhouse.cli.arguments import add_as_of, as_of
from meterhouse.cli.confirm import confirm
from raw_events.common.text import shown

if TYPE_CHECKING:
    from pathlib import Path

    from meterhouse.ledger.void import Voided

HELP = "cancel a final invoice with a credit note; the next run bills again what is due"

DATES = "date the void and its credit note then"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`INVOICE --reason TEXT [--yes] [--as-of TS]`."""
    parser.add_argument("invoice", metavar="INVOICE", help="id or number of a final invoice")
    parser.add_argument(
        "--reason", required=True, metavar="TEXT", help="why; it stays in the ledger"
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask; needed where there is no terminal"
    )
    add_as_of(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Append the void to the ledger and publish it, alone: no run may compute meanwhile."""
    from meterhouse.common.settings import home
    from meterhouse.common.users import operating_user
    from meterhouse.ledger.errors import AlreadyVoid
    from meterhouse.ledger.void import checked_reason, final_invoice, void_invoice
    from meterhouse.reports.received import received_text
    from meterhouse.warehouse.database import open_warehouse
    from meterhouse.warehouse.errors import PublishError
    from meterhouse.warehouse.evidence import check_evidence, mark_evidence
    from meterhouse.warehouse.lock import run_lock
    from meterhouse.warehouse.marks import current_mark, note_line
    from meterhouse.warehouse.publish_voids import (
        check_final_published,
        publish_voids,
        tell_warehouse,
    )

    checked_reason(arguments.reason)
    try:
        invoice = final_invoice(home(), arguments.invoice)
    except AlreadyVoid:
        # Whoever repeats the command after a crash gets what was left to do.
        with run_lock(home()):
            check_evidence(home())
            check_final_published(home())
            publish_voids(home())
            tell_warehouse(home())
            print(f"Keep this line elsewhere: {note_line(current_mark(home()))}")
        raise
    customer = shown(invoice.customer_name)
    asked = f"{invoice} of {customer} becomes void, by {operating_user()}."
    if received := received_text(home(), invoice):
        if arguments.yes:
            print(received, flush=True)
        asked = f"{asked} {received}"
    if not confirm(asked, arguments.yes):
        print("Nothing was done.")
        return 1
    with run_lock(home()):
        check_evidence(home())
        check_final_published(home())
        if (home() / "warehouse.duckdb").exists():
            with open_warehouse(home(), read_only=True) as con:
                moment = as_of(home(), arguments, DATES, con)
        else:
            moment = as_of(home(), arguments, DATES)
        done = void_invoice(home(), arguments.invoice, arguments.reason, operating_user(), moment)
        mark_evidence(home())
        for line in _what_was_done(done):
            print(line, flush=True)
        status = 0
        try:
            publish_voids(home())
            tell_warehouse(home())
        except PublishError as error:
            print(f"The void stands, but it is not published yet. {error}", file=sys.stderr)
            status = 1
        print(f"Keep this line elsewhere: {note_line(current_mark(home()))}")
    _say_who_is_told(home())
    return status


def _say_who_is_told(home: "Path") -> None:
    """Deliveries are a job of their own: they need no run, and no run waits for them."""
    from contextlib import suppress

    from meterhouse.delivery.outbox import published_targets
    from meterhouse.server.reading.errors import Refused

    with suppress(Refused):
        if any(not target.disabled for target in published_targets(home)):
            print(
                "Webhooks and mail tell of it with the next pass of deliveries, within five minutes"
                " and before any run; at once with: meterhouse deliveries send"
            )


def _what_was_done(done: "Voided") -> list[str]:
    lines = [f"{done} is void."]
    if done.credit_note_number:
        lines.append(f"Credit note {done.credit_note_number} takes it back.")
    else:
        lines.append("It has no number, so there is no credit note.")
    if done.invoice_type == "late_usage":
        return [*lines, "It is not replaced: its usage is late again. See it with: meterhouse run"]
    if done.bought:
        return [
            *lines,
            f"What a threshold bought on it is gone: {', '.join(done.bought)}. If the threshold is"
            " reached in the next run, it asks again, under another number: meterhouse run",
        ]
    if done.invoice_type == "scheduled":
        return [
            *lines,
            "The next run invoices what the price book says now of its date, which may be nothing:"
            " meterhouse run",
        ]
    return [*lines, "The next run makes its replacement: meterhouse run"]
