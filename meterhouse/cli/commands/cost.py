"""`meterhouse cost`: what events would cost, with tiers and balances as they stand."""

import argparse
import json
import sys
from pathlib import Path

HELP = "what events would change on the drafts if they were landed now; nothing is landed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`EVENTS_FILE [--customer ID] [--contract ID] [--json] [--limit N]`."""
    parser.add_argument(
        "events", type=Path, metavar="EVENTS_FILE", help="a file as ingest takes it"
    )
    parser.add_argument(
        "--customer", metavar="ID", help="only this customer's events; others are told as rejected"
    )
    parser.add_argument("--contract", metavar="ID", help="only the drafts of this contract")
    parser.add_argument("--json", action="store_true", help="all of it, as JSON")
    parser.add_argument(
        "--limit", type=int, default=50, metavar="N", help="lines and rejected rows to show (50)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Compute it in a scratch copy and print it; 1 if an event would be rejected."""
    from meterhouse.cli.reporters import reporter_for
    from meterhouse.common.progress import reporting_to
    from meterhouse.common.settings import home
    from meterhouse.preview.cost import cost
    from meterhouse.reports.cost import cost_document, print_cost
    from meterhouse.reports.invoice_data import currency_decimals

    with reporter_for(sys.stderr) as reporter, reporting_to(reporter):
        found = cost(home(), arguments.events, arguments.customer, arguments.contract)
    if arguments.json:
        print(json.dumps(cost_document(found), indent=1))
    else:
        print_cost(found, currency_decimals(home()), arguments.limit)
    return 1 if found.rejected else 0
