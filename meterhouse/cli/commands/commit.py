"""`meterhouse commit`: a commit's balances, burn-down and ledger."""

import argparse

HELP = "a commit's balances, its burn-down and what it was used for, from the published marts"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`ID`."""
    parser.add_argument("commit", metavar="ID", help="commit_id of commits.csv")


def execute(arguments: argparse.Namespace) -> int:
    """Print it; never waits for a run, for published marts are not locked."""
    from meterhouse.common.settings import home
    from meterhouse.reports.commit import print_commit

    print_commit(home() / "marts", arguments.commit)
    return 0
