"""`meterhouse explain`: from a line back to its rate, slice and events."""

import argparse

HELP = "from a line of an invoice back to its rate, tier, metric, quantities and events"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`INVOICE LINE [--limit N]`."""
    parser.add_argument("invoice", metavar="INVOICE", help="id or number, final or draft")
    parser.add_argument("line", type=int, metavar="LINE", help="line number, from 1 on")
    parser.add_argument(
        "--limit", type=int, default=10, metavar="N", help="how many events to list (10)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Print the explanation as plain text."""
    from meterhouse.common.settings import home
    from meterhouse.reports.explain import explain, text_of

    limit = max(0, arguments.limit)
    print(text_of(explain(home(), arguments.invoice, arguments.line, limit)))
    return 0
