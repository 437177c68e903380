"""`meterhouse publish-metric`: freeze a metric version (S-14)."""

import argparse

HELP = "freeze a metric version: from then on a run refuses it when it is changed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`NAME VERSION`."""
    parser.add_argument("name", metavar="NAME", help="a metric of the metrics folder")
    parser.add_argument("version", metavar="VERSION", type=int, help="its version")


def execute(arguments: argparse.Namespace) -> int:
    """Record its digest in published_metrics.csv."""
    from meterhouse.metrics.published import publish

    digest = publish(arguments.name, arguments.version)
    print(f"{arguments.name} version {arguments.version} is published and frozen ({digest[:12]})")
    return 0
