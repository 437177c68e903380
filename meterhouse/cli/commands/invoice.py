"""`meterhouse invoice`: one invoice or credit note as a person reads it."""

import argparse

HELP = "one invoice or credit note as a person reads it, from the published marts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`ID_OR_NUMBER`."""
    parser.add_argument(
        "invoice",
        metavar="ID_OR_NUMBER",
        help="acme-1.usage.2026-01-01, INV-000001, or CN-000001 for a credit note",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Print it; never waits for a run, for published marts are not locked."""
    from meterhouse.common.settings import home
    from meterhouse.reports.invoice import print_invoice

    print_invoice(home() / "marts", arguments.invoice)
    return 0
