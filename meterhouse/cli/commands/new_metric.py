"""`meterhouse new-metric`: the skeleton of a metric of one's own."""

import argparse

HELP = "write the skeleton of a new metric into the metrics folder"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`NAME`."""
    parser.add_argument("name", metavar="NAME", help="lower case with its unit, like gpu_minutes")


def execute(arguments: argparse.Namespace) -> int:
    """Write its SQL and YAML, and say what comes next."""
    from meterhouse.metrics.scaffold import write_skeleton

    write_skeleton(arguments.name)
    return 0
