"""`meterhouse price`: the rate that would apply to a customer's product, and why."""

import argparse
from datetime import date

HELP = "the rate that would apply to a customer's product on a day, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`CUSTOMER PRODUCT [--group JSON] [--on DATE]`."""
    parser.add_argument("customer", metavar="CUSTOMER", help="customer id or ingest alias")
    parser.add_argument("product", metavar="PRODUCT", help="product id")
    parser.add_argument(
        "--group",
        default="{}",
        metavar="JSON",
        help="""pricing group of the usage, such as '{"model":"gpt-a"}'; a key left out is null""",
    )
    parser.add_argument(
        "--on", type=_day, metavar="DATE", help="a day, YYYY-MM-DD; default: today (UTC)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Check the price book in METERHOUSE_SEEDS as a run would, and print the answer from it."""
    from meterhouse.common.settings import seeds
    from meterhouse.metrics.registry import lookup_columns, metric_group_keys
    from meterhouse.price_book import load_price_book
    from meterhouse.reports.price import print_price
    from meterhouse.warehouse.clock import machine_clock

    book = load_price_book(seeds(), metric_group_keys(), lookup_columns())
    day = arguments.on or machine_clock().date()
    print_price(book, arguments.customer, arguments.product, arguments.group, day)
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a date; write YYYY-MM-DD") from error
