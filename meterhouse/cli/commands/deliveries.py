"""`meterhouse deliveries`: what is sent to other programs - list, show, send again or now."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raw_events.common.text import shown, shown_lines

if TYPE_CHECKING:
    from meterhouse.delivery.overview import Selection

HELP = "messages to other programs: list, show, replay, send what is due"
LISTED = 50
# meterhouse.delivery.overview.OUTCOMES, which is heavy to import.
OUTCOMES = ("open", "waiting", "failed", "dead", "held", "delivered", "void", "all")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list|show|replay|send|reconcile`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, act, explain in (
        ("list", _list, "messages, and what became of each; 1 if one is dead or held"),
        ("show", _show, "one message as it is sent, with every attempt"),
        ("replay", _replay, "let dead or delivered messages be sent again, with the same ids"),
        ("send", _send, "note what is new and send what is due, as the schedule does"),
        ("reconcile", _reconcile, "ask billing providers what they have; 1 if it is not ours"),
    ):
        command = actions.add_parser(name, help=explain, description=explain)
        command.set_defaults(act=act)
        if name == "show":
            command.add_argument("id", metavar="ID")
        if name == "replay":
            command.add_argument("ids", nargs="*", metavar="ID", help="these messages")
            command.add_argument("--dead", action="store_true", help="all dead ones instead")
        if name in ("list", "replay"):
            command.add_argument(
                "--target", metavar="NAME", help="this one alone: webhook:crm, provider:files"
            )
        if name == "list":
            command.add_argument("--outcome", choices=OUTCOMES, default="open")
            command.add_argument("--limit", type=int, default=LISTED, help=f"default {LISTED}")


def execute(arguments: argparse.Namespace) -> int:
    """Do it; 1 if it cannot be done, or a message is dead or held, or a target gets nothing of what
    was due to it."""
    from meterhouse.common.settings import home

    return int(arguments.act(home(), arguments))


def _list(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.delivery.overview import health, list_messages

    rows, total = list_messages(
        home, _selection(arguments, outcome=arguments.outcome), arguments.limit
    )
    if not rows:
        print("No such messages.")
    for row in rows:
        tried = f", {row['attempts']} attempt(s)" if row["attempts"] else ""
        again = f", again at {_moment(row['retry_at'])}" if row["outcome"] == "failed" else ""
        print(f"{row['message_id']}  {row['message_type']}  {shown(row['subject'])}")
        print(f"    {shown(row['target'])}: {row['outcome']}{tried}{again}{_answer(row)}")
    if total > len(rows):
        print(f"… {total - len(rows):,} more of {total:,}; see them with --limit {total}")
    found = health(home)
    return int(found.dead + found.held > 0)


def _show(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.delivery.overview import show_message

    message, history = show_message(home, arguments.id)
    for name in ("message_id", "message_type", "subject", "sequence", "customer_id"):
        print(f"{name:<14}{shown('-' if message[name] is None else message[name])}")
    print(f"{'occurred_at':<14}{_moment(message['occurred_at'])}")
    print(f"{'noted_at':<14}{_moment(message['recorded_at'])}")
    for row in history:
        what = "sent again by hand" if row["record"] == "replay" else f"attempt {row['attempt']}"
        outcome = f": {row['outcome']}{_answer(row)}" if row["outcome"] else ""
        print(f"{_moment(row['recorded_at'])}  {shown(row['target'])}  {what}{outcome}")
    print(f"\n{shown_lines(message['body'])}")
    return 0


def _replay(home: Path, arguments: argparse.Namespace) -> int:
    from meterhouse.common.errors import UsageError
    from meterhouse.delivery.overview import replay
    from meterhouse.warehouse.clock import machine_clock

    if bool(arguments.ids) == arguments.dead:
        raise UsageError("Name the messages to send again, or --dead for all dead ones.")
    outcome = "dead" if arguments.dead else "all"
    again = replay(home, _selection(arguments, outcome=outcome), machine_clock())
    print(
        f"{len(again):,} message(s) are sent again, by the schedule or: meterhouse deliveries send"
    )
    return 0


def _send(home: Path, _: argparse.Namespace) -> int:
    from meterhouse.delivery.deliver import deliver
    from meterhouse.warehouse.clock import machine_clock

    done = deliver(home, machine_clock)
    print(done.line())
    for reason in done.reasons():
        print(f"  {shown(reason)}")
    for trouble in done.troubles:
        print(shown_lines(trouble))
    return int(done.is_trouble())


def _reconcile(home: Path, _: argparse.Namespace) -> int:
    from datetime import timedelta

    from meterhouse.delivery.billing.listing import list_providers
    from meterhouse.delivery.lock import delivery_lock
    from meterhouse.delivery.overview import differences
    from meterhouse.warehouse.clock import machine_clock

    with delivery_lock(home):
        done = list_providers(home, machine_clock, timedelta(0))
    print(
        f"{done.listed} provider(s) said what they have; {done.changed:,} invoice(s) are new or "
        "another since the last time. The next run compares: meterhouse run"
    )
    for trouble in done.troubles:
        print(shown_lines(trouble))
    rows = differences(home)
    for row in rows:
        there = f" ({shown(row['provider_invoice_id'])})" if row["provider_invoice_id"] else ""
        print(f"{shown(row['provider'])}  {row['problem']}  {shown(row['invoice_id'])}{there}")
    print(f"{len(rows):,} difference(s) as of the last run: mart provider_reconciliation")
    return int(bool(rows or done.troubles))


def _selection(arguments: argparse.Namespace, outcome: str) -> "Selection":
    from meterhouse.delivery.overview import Selection

    return Selection(tuple(getattr(arguments, "ids", ())), arguments.target, outcome)


def _answer(row: dict[str, Any]) -> str:
    words = [str(row["status"] or ""), shown(row["detail"] or "")]
    text = " ".join(word for word in words if word)
    return f" ({text})" if text else ""


def _moment(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment is not None else "-"
