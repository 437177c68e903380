"""`meterhouse init`: a starting point to edit."""

import argparse
from pathlib import Path

HELP = "write a starting point: price book, folders for metrics and collectors, settings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`[DIR]`."""
    parser.add_argument(
        "folder", metavar="DIR", nargs="?", default=".", help="where to write it (here)"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Write what is not there yet; files that are there stay as they are."""
    from meterhouse.common.starter import write_starter

    folder = Path(arguments.folder).expanduser().absolute()
    written, kept = write_starter(folder)
    for path in written:
        print(f"wrote {path}")
    for path in kept:
        print(f"kept  {path}, which was there")
    print(f"Next: {folder / 'README.md'} bills an example month in three commands.")
    return 0
