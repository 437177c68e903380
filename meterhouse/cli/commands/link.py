"""`meterhouse link`: a signed link to a customer's pages that is over on a day."""

import argparse

from meterhouse.cli.arguments import whole

HELP = "make a link to a customer's pages that is over after some days; or change the signing key"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`CUSTOMER [--days N] [--url URL]`, `--new-key [--forget]`."""
    parser.add_argument("customer", metavar="CUSTOMER", nargs="?", help="whose pages it shows")
    parser.add_argument(
        "--days", type=whole(1, 366), default=30, metavar="N", help="how long it counts (30)"
    )
    parser.add_argument(
        "--url",
        default="http://127.0.0.1:8080",
        help="where the server is reached (http://127.0.0.1:8080)",
    )
    parser.add_argument(
        "--new-key", action="store_true", help="sign with a new key; earlier links go on to count"
    )
    parser.add_argument(
        "--forget", action="store_true", help="with --new-key: all earlier links end now"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Print the link alone on the last line; 2 for a customer that nobody knows."""
    from meterhouse.common.errors import UsageError
    from meterhouse.common.settings import home
    from meterhouse.server.customers.known import check_known
    from meterhouse.server.customers.links import new_key, new_link
    from meterhouse.warehouse.clock import machine_clock

    if arguments.forget and not arguments.new_key:
        raise UsageError("--forget ends earlier links for a new key: say --new-key --forget.")
    if arguments.customer is None and not arguments.new_key:
        raise UsageError("Whose pages? meterhouse link CUSTOMER --days N")
    if arguments.customer is not None:
        check_known(home(), arguments.customer)
    if arguments.new_key:
        keys = new_key(home(), forget=arguments.forget)
        ended = "; all earlier links have ended" if arguments.forget else ""
        print(f"Links are signed with the key {list(keys)[-1]} from now on{ended}.")
    if arguments.customer is not None:
        text = new_link(home(), arguments.customer, arguments.days, machine_clock())
        print(
            f"Whoever has it sees the pages of {arguments.customer} for {arguments.days} days, and "
            "of nobody else:"
        )
        print(f"{arguments.url.rstrip('/')}/customer/pages/{text}/index.html")
    return 0
