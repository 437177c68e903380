"""`meterhouse pages`: customers' pages as files."""

import argparse
from pathlib import Path

HELP = "write customers' pages as files, a folder for each"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--out DIR [CUSTOMER…]`."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")
    parser.add_argument("customers", nargs="*", metavar="CUSTOMER", help="these alone; else all")


def execute(arguments: argparse.Namespace) -> int:
    """2 for a customer that nobody knows, or where nothing is published."""
    from meterhouse.common.settings import home
    from meterhouse.server.customers.known import check_known
    from meterhouse.server.customers.pages.files import write_pages

    for customer in arguments.customers:
        check_known(home(), customer)
    files = []
    done = write_pages(
        home(), arguments.out, arguments.customers, lambda _, number: files.append(number)
    )
    print(f"{sum(files):,} files of {done:,} customers are in {arguments.out}.")
    return 0
