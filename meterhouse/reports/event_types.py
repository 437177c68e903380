"""What `meterhouse event-type check` found, for a person."""

from meterhouse.event_types.check import Checked
from meterhouse.event_types.history import DAYS, History
from meterhouse.event_types.registry import Registry
from raw_events.common.text import counted, shown
from raw_events.schemas.judge import Fault


def print_checked(registry: Registry, checked: list[Checked], event_type: str | None) -> None:
    """What judges now, what is wrong with the folder, and each version that is not published."""
    names = [event_type] if event_type else sorted(registry.versions)
    for name in names:
        newest = registry.newest(name)
        judged = f"version {newest} judges" if newest else "nothing is published, so nothing judges"
        mode = f", mode {registry.mode(name)}" if newest else ""
        print(f"{shown(name)}: {judged}{mode}")
    for problem in registry.problems:
        print(f"- {shown(problem)}")
    for one in checked:
        print()
        print_version(one)


def print_version(one: Checked) -> None:
    """One version: what is against it, and what of the last days it would have refused."""
    after = f"version {one.after} judges now" if one.after else "the first version"
    print(f"{shown(one.event_type)} version {one.version} (not published; {after})")
    if not one.against:
        print("  may be published: it takes what the version before took, and metrics lose nothing")
    for sentence in one.against:
        print(f"  refused: {shown(sentence)}")
    if one.history is not None:
        for line in history_lines(one.history):
            print(f"  {shown(line)}")


def history_lines(history: History) -> list[str]:
    """How many events of the last days a version would refuse, by what they break."""
    if not history.events:
        return [f"no event of this type in the last {DAYS} days of the log"]
    lines = [
        f"of {counted(history.events, 'event')} of the last {DAYS} days it would refuse "
        f"{history.refused:,}"
    ]
    for fault, events in history.faults.most_common():
        lines.append(f"  {events:,}  {_said(fault)}")
    for rule, examples in history.examples.items():
        for identity, sentence in examples:
            lines.append(f"  for example ({rule}) {identity}: {sentence}")
    return lines


def _said(fault: Fault) -> str:
    kind = f" (sent as {fault.json_type})" if fault.json_type not in (None, "absent") else ""
    return f"{fault.rule} of {fault.property}{kind}" if fault.property else fault.rule
