"""`meterhouse forecast`: what open periods will come to, and how wrong that was before."""

import argparse
import sys

HELP = "forecast open periods, for the marts of the next run; how wrong forecasts were"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[--customer ID] [--limit N]`, `--backtest`."""
    parser.add_argument("--customer", metavar="ID", help="show only this customer's")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="invoices to show (20)")
    parser.add_argument(
        "--backtest",
        action="store_true",
        help="forecast nothing: how wrong earlier ones were, by day of the period",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Forecast from the state of the last run, unless that was done; print what is in the log."""
    from meterhouse.cli.reporters import reporter_for
    from meterhouse.common.progress import reporting_to
    from meterhouse.common.settings import home
    from meterhouse.forecast.forecast import forecast
    from meterhouse.reports.forecast import print_backtest, print_forecast

    if arguments.backtest:
        print_backtest(home())
        return 0
    with reporter_for(sys.stderr) as reporter, reporting_to(reporter):
        done = forecast(home())
    print_forecast(home(), done, arguments.customer, arguments.limit)
    return 0
