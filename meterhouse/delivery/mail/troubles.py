"""Troubles in a mail: what happened, since when, what it concerns, and what to do about it.

Those of one pass are one mail, and of those that are about the same, one part of it.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from meterhouse.common.killed import KILLED

Row = dict[str, Any]
# Of each part of a mail.
SHOWN = 5


@dataclass(frozen=True)
class Trouble:
    """A message of a trouble. `key`: what makes it the same trouble as another; `title` says what
    happened, `to_do` the next step, with its command."""

    message_id: str
    message_type: str
    key: tuple[str, ...]
    timestamp: str
    title: str
    about: str
    to_do: str


def trouble(message_id: str, body: str) -> Trouble:
    """What a message of a trouble says to a person; `body` is that of a webhook."""
    said = json.loads(body)
    kind, data = str(said["type"]), said["data"]
    key, title, about, to_do = _WORDS.get(kind, _other)(data, message_id)
    return Trouble(message_id, kind, (kind, *key), said["timestamp"], title, about, to_do)


def parts(troubles: Sequence[Trouble]) -> list[list[Trouble]]:
    """Those that are the same together, in the order of the first of each."""
    found: dict[tuple[str, ...], list[Trouble]] = defaultdict(list)
    for each in troubles:
        found[each.key].append(each)
    return list(found.values())


def subject(troubles: Sequence[Trouble]) -> str:
    """In a line: what happened, or how many things did."""
    found = parts(troubles)
    first = _counted(found[0])
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    return f"[Meterhouse] Trouble: {first}{more}"


def text(troubles: Sequence[Trouble]) -> str:
    """The mail, a part for each trouble."""
    found = parts(troubles)
    lines = ["Somebody should look at this:" if len(found) == 1 else f"{len(found)} troubles:"]
    for number, part in enumerate(found, 1):
        lines += ["", f"{number}. {_counted(part)}"]
        begun, last = part[0].timestamp, part[-1].timestamp
        lines.append(f"   Since: {_moment(begun)}{f', last {_moment(last)}' * (last > begun)}")
        abouts = list(dict.fromkeys(each.about for each in part))
        for word, about in zip(("What:", *[""] * SHOWN), abouts[:SHOWN], strict=False):
            lines.append(f"   {word:<6} {about}".rstrip())
        if len(abouts) > SHOWN:
            lines.append(f"          … and {len(abouts) - SHOWN:,} more")
        lines.append(f"   To do: {part[0].to_do}")
        ids = ", ".join(each.message_id for each in part[:SHOWN])
        lines.append(f"   Id:    {ids}{', …' * (len(part) > SHOWN)}")
    lines += [
        "",
        "This is told once; again when a day has passed, or when it was over and came again.",
        "All messages: meterhouse deliveries list --outcome all. What each means: "
        'docs/operators.md, "Being told when it breaks".',
    ]
    return "\n".join(lines)


def _counted(part: Sequence[Trouble]) -> str:
    return part[0].title + (f" ({len(part):,} times)" if len(part) > 1 else "")


def _moment(timestamp: str) -> str:
    return f"{timestamp[:10]} {timestamp[11:19]} UTC"


_Words = tuple[tuple[str, ...], str, str, str]


def _failed(data: Row, _: str) -> _Words:
    job, error = str(data["job"]), str(data["error"])
    if str(data["run_id"]).startswith(KILLED):
        what = {"run": ("a run", "meterhouse run"), "live": ("meterhouse live", "meterhouse live")}
        name, again = what.get(job, (f"the job {job}", "meterhouse run"))
        # Not by its text, which names the process: what is killed again and again is one trouble.
        return (job, KILLED), f"{name} was killed", error, f"{again}, if nothing has begun again"
    if job == "live":
        to_do = "mend what it names; meterhouse live tries again by itself (meterhouse live, if "
        return (job, error), "meterhouse live has trouble", error, f"{to_do}it does not run)"
    to_do = "mend what it names, then: meterhouse run"
    return (job, error), f"the job {job} failed", error, to_do


def _stale(data: Row, _: str) -> _Words:
    since, hours = str(data["stands_since"]), data["hours"]
    return (
        (since,),
        f"no run came to its end for {hours} hours",
        f"what people read was last right at {_moment(since)}",
        "meterhouse run, and see what it says; then look why nothing ran by itself (cron, Dagster, "
        "meterhouse live)",
    )


def _behind(data: Row, _: str) -> _Words:
    source, status = str(data["source"]), str(data["status"])
    behind = data["seconds_behind"]
    late = f", {int(behind) // 60:,} minutes behind" if behind is not None else ""
    error = f": {data['error']}" if data["error"] else ""
    if status == "not landed":
        title = f"events of {source} came over HTTP and are not landed"
        to_do = "meterhouse run, and see what it says; /healthz of meterhouse serve says why"
    else:
        title = f"source {source} is {status}"
        to_do = "meterhouse source list, and mend what it names; the next run asks again"
    return (source, status), title, f"{source} is {status}{late}{error}", to_do


def _held(data: Row, _: str) -> _Words:
    contract, reasons = str(data["contract_id"]), ", ".join(data["reasons"])
    return (
        (contract,),
        f"contract {contract} is not billed",
        f"customer {data['customer_id']}: {reasons}; all others are billed",
        "meterhouse verify --sample 0 names product, period and an example (mart held_contracts); "
        "correct the price book, or take the event back (meterhouse retract), then: meterhouse run",
    )


def _unrated(data: Row, _: str) -> _Words:
    product, contract = data["product_id"], data["contract_id"]
    return (
        (str(contract), str(product), str(data["period_start"]), str(data["reason"])),
        f"usage of {product} has no price",
        f"contract {contract} of {data['customer_id']}, period from {data['period_start']}: "
        f"{data['quantity']} in {data['pricing_groups']} group(s), {data['reason']}",
        "add the price to rates.csv (mart unrated_usage has the groups), then: meterhouse run",
    )


def _quarantined(data: Row, _: str) -> _Words:
    source, reasons = str(data["source"]), data["reasons"]
    counts = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    return (
        (source, *sorted(reasons)),
        f"events of {source} were rejected",
        f"batch {data['batch_id']}: {data['rejected']} of "
        f"{data['rejected'] + data['accepted']} ({counts})",
        f"meterhouse quarantine list --source {source}; correct and replay them: meterhouse "
        f"quarantine export FILE --source {source}, then meterhouse quarantine replay "
        "--corrected FILE",
    )


def _dead(data: Row, _: str) -> _Words:
    target, id = str(data["target"]), str(data["message_id"])
    answer = " ".join(str(data[name]) for name in ("status", "detail") if data[name])
    about = f"{data['message_type']} {id} after {data['attempts']} attempt(s): {answer}"
    if data["outcome"] == "held":
        return (
            (target, id),
            f"an invoice is held at {target}",
            about,
            f"meterhouse deliveries show {id}; compare both figures and mend the difference "
            f"there, then: meterhouse deliveries replay {id}",
        )
    return (
        (target,),
        f"a message to {target} was given up",
        about,
        f"mend the receiver, then: meterhouse deliveries replay --dead --target {target} (which: "
        f"meterhouse deliveries list --outcome dead --target {target})",
    )


def _other(_: Row, message_id: str) -> _Words:
    return (message_id,), "something needs a person", "", f"meterhouse deliveries show {message_id}"


_WORDS = {
    "run.failed": _failed,
    "marts.stale": _stale,
    "source.behind": _behind,
    "contract.held": _held,
    "usage.unrated": _unrated,
    "events.quarantined": _quarantined,
    "message.dead": _dead,
}
