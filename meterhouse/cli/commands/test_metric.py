"""`meterhouse test-metric`: one metric version on empty tables, with its unit tests."""

import argparse

HELP = "build one metric version on empty tables and run its unit tests"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`NAME VERSION`."""
    parser.add_argument("name", metavar="NAME", help="a metric, shipped or your own")
    parser.add_argument("version", metavar="VERSION", type=int, help="its version")


def execute(arguments: argparse.Namespace) -> int:
    """Print what passed and what did not; 1 if something did not."""
    from meterhouse.metrics.try_out import print_trial

    return print_trial(arguments.name, arguments.version)
