"""`meterhouse void`: cancel a final invoice; the next run makes its replacement (S-50)."""

import argparse

from meterhouse.cli.arguments import add_as_of, now

HELP = "cancel a final invoice; the next run makes its replacement"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`INVOICE --reason TEXT [--as-of TS]`."""
    parser.add_argument("invoice", metavar="INVOICE", help="id or number of a final invoice")
    parser.add_argument(
        "--reason", required=True, metavar="TEXT", help="why; it stays in the ledger"
    )
    add_as_of(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Append the void to the ledger, alone: no run may compute from the ledger meanwhile."""
    from meterhouse.common.settings import home
    from meterhouse.ledger.void import void_invoice
    from meterhouse.warehouse.clock import check_clock
    from meterhouse.warehouse.database import open_warehouse
    from meterhouse.warehouse.lock import run_lock

    with run_lock(home()):
        as_of = arguments.as_of or now()
        if (home() / "warehouse.duckdb").exists():
            with open_warehouse(home(), read_only=True) as con:
                check_clock(home(), as_of, con)
        else:
            check_clock(home(), as_of)
        done = void_invoice(home(), arguments.invoice, arguments.reason, as_of)
    name = f"{done.invoice_id} ({done.invoice_number or 'without a number'})"
    print(f"{name} over {done.total:,} {done.currency} is void.")
    if done.invoice_type == "late_usage":
        print("It is not replaced: its usage is late again. See it with: meterhouse run")
    else:
        print("The next run makes its replacement: meterhouse run")
    return 0
