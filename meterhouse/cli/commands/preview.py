"""`meterhouse preview`: what invoices would have been, and will be, after a change."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from meterhouse.common.errors import UsageError

if TYPE_CHECKING:
    from meterhouse.preview.question import Question

HELP = "what invoices would have been, and will be, with another metric version or price book"
FORMATS = ("terminal", "csv", "parquet", "json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`METRIC --version N | --seeds DIR`, `[--period] [--customer] [--format] [--html]`, …"""
    parser.add_argument("metric", nargs="?", metavar="METRIC", help="a metric that products use")
    parser.add_argument("--version", type=int, metavar="N", help="the version to try")
    parser.add_argument("--seeds", type=Path, metavar="DIR", help="or: an edited price book to try")
    parser.add_argument(
        "--period", metavar="YYYY-MM", help="only periods with days in that month (default: all)"
    )
    parser.add_argument("--customer", metavar="ID", help="only this customer's invoices")
    parser.add_argument(
        "--limit", type=int, default=20, metavar="N", help="customers and lines to show (20)"
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="terminal", help="all but terminal give every line"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write there, not to standard output"
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="write a page there as well, to send around"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Compute it in a scratch copy and print it; progress goes to standard error."""
    question = _question(arguments)
    if arguments.format == "parquet" and arguments.output is None and sys.stdout.isatty():
        raise UsageError("Parquet is not for a terminal; add --output FILE.")

    from meterhouse.cli.reporters import reporter_for
    from meterhouse.common.progress import reporting_to
    from meterhouse.common.settings import home
    from meterhouse.preview.preview import preview
    from meterhouse.reports.invoice_data import currency_decimals
    from meterhouse.reports.preview import print_preview, write_preview
    from meterhouse.reports.preview_page import preview_page
    from raw_events.common.files import replaced_file

    with reporter_for(sys.stderr) as reporter, reporting_to(reporter):
        answer = preview(home(), question)
    if arguments.html is not None:
        with replaced_file(arguments.html) as new:
            new.write_bytes(preview_page(answer, currency_decimals(home())))
    if arguments.format == "terminal":
        print_preview(answer, currency_decimals(home()), arguments.limit)
    else:
        write_preview(answer, arguments.format, arguments.output)
    return 0


def _question(arguments: argparse.Namespace) -> "Question":
    from meterhouse.preview.question import Question, parse_month

    by_metric = arguments.metric is not None and arguments.version is not None
    if by_metric == (arguments.seeds is not None) or (
        arguments.seeds is not None and (arguments.metric or arguments.version)
    ):
        raise UsageError(
            "Say what to try: meterhouse preview METRIC --version N, "
            "or meterhouse preview --seeds DIR"
        )
    return Question(
        arguments.metric,
        arguments.version,
        arguments.seeds.resolve() if arguments.seeds else None,
        parse_month(arguments.period) if arguments.period else None,
        arguments.customer,
    )
