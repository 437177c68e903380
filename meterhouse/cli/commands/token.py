"""`meterhouse token`: who may send events over HTTP, and who may read."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterhouse.server.tokens import Token

HELP = "tokens of the HTTP server: make one for a source, list them, revoke one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`new SOURCE [--send-only | --read-only | --customer ID | --role R] [--rate N]`, `list`, …"""
    from meterhouse.server.tokens import DEFAULT_RATE, ROLES

    commands = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = commands.add_parser("new", help="make a token; it is shown once, alone on the last line")
    new.add_argument("source", metavar="SOURCE", help="what its events have as source in the log")
    which = new.add_mutually_exclusive_group()
    which.add_argument(
        "--send-only",
        action="store_true",
        help="it may send and not read: for programs that stand in many places",
    )
    which.add_argument("--read-only", action="store_true", help="it may read and not send")
    which.add_argument(
        "--customer",
        metavar="ID",
        help="it reads what is this customer's, and nothing else: for the customer's own programs",
    )
    which.add_argument(
        "--role",
        choices=tuple(ROLES),
        help="it opens the office pages of this role, and nothing else: for a person",
    )
    new.add_argument(
        "--rate",
        type=int,
        default=DEFAULT_RATE,
        metavar="N",
        help=f"requests a second that it may make ({DEFAULT_RATE:,})",
    )
    commands.add_parser("list", help="all tokens, those that are revoked too")
    revoke = commands.add_parser("revoke", help="refuse a token from now on")
    revoke.add_argument("id", metavar="ID", help="as `token list` shows it")


def execute(arguments: argparse.Namespace) -> int:
    """Do one of the three; 1 if there is no such token, 2 if none can be of that source or rate."""
    from meterhouse.common.instants import instant_text
    from meterhouse.common.settings import collectors, home
    from meterhouse.server.customers.known import check_known
    from meterhouse.server.tokens import new_token, read_tokens, revoke
    from meterhouse.warehouse.clock import machine_clock
    from raw_events.collectors.folder import collector_files

    now = machine_clock()
    if arguments.action == "list":
        for token in read_tokens(home()):
            may = _may(token)
            ended = f", revoked {instant_text(token.revoked_at)}" if token.revoked_at else ""
            print(
                f"{token.id}  {token.source}  {' and '.join(may)}  {token.rate:,} a second  "
                f"made {instant_text(token.created_at)}{ended}"
            )
    elif arguments.action == "revoke":
        token = revoke(home(), arguments.id, now)
        print(f"Token {token.id} of source {token.source} is revoked.")
    else:
        may_ingest, may_read = not arguments.read_only, not arguments.send_only
        if arguments.customer is not None:
            check_known(home(), arguments.customer)
        text, token = new_token(
            home(),
            arguments.source,
            now,
            may_ingest=may_ingest,
            may_read=may_read,
            rate=arguments.rate,
            collectors=collector_files(collectors()),
            customer=arguments.customer,
            role=arguments.role,
        )
        print(f"Token {token.id} of source {token.source} may {' and '.join(_may(token))}.")
        if token.may_ingest and token.may_read:
            print("It reads every customer's invoices; a program that only sends: --send-only.")
        print("Keep it now; it is not shown again:")
        print(text)
    return 0


def _may(token: "Token") -> list[str]:
    if token.customer_id is not None:
        return [f"read as customer {token.customer_id}"]
    if token.role is not None:
        return [f"open the office pages of {token.role}"]
    return [what for what, is_so in (("send", token.may_ingest), ("read", token.may_read)) if is_so]
