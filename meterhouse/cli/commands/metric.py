"""`meterhouse metric`: one metric of one customer by day, and the events behind it."""

import argparse
import sys

HELP = "the running value of one metric by day, and the events behind it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`NAME [--version N] --customer ID --period YYYY-MM [--limit N]`."""
    parser.add_argument("metric", metavar="NAME", help="a metric, also one that no product uses")
    parser.add_argument("--version", type=int, metavar="N", help="its version (the latest)")
    parser.add_argument("--customer", required=True, metavar="ID", help="a customer's id")
    parser.add_argument("--period", required=True, metavar="YYYY-MM", help="a month")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="events to show (20)")


def execute(arguments: argparse.Namespace) -> int:
    """Compute it in a scratch warehouse and print it; progress goes to standard error."""
    from meterhouse.preview.question import parse_month

    month = parse_month(arguments.period)

    from meterhouse.cli.reporters import reporter_for
    from meterhouse.common.progress import reporting_to
    from meterhouse.common.settings import home
    from meterhouse.preview.cumulative_usage import cumulative_usage
    from meterhouse.reports.metric import print_metric

    with reporter_for(sys.stderr) as reporter, reporting_to(reporter):
        found = cumulative_usage(
            home(),
            arguments.metric,
            arguments.version,
            arguments.customer,
            month,
            max(arguments.limit, 0),
        )
    print_metric(found)
    return 0
