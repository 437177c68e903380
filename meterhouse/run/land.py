"""First step: what waits becomes batches of the log."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from meterhouse.common.progress import forget_stages, reporter, stage
from meterhouse.common.settings import collectors
from meterhouse.event_types.hand_over import hand_over
from meterhouse.run.clock import RunClock
from meterhouse.warehouse.clock import machine_clock
from meterhouse.warehouse.evidence import check_evidence
from raw_events.collectors.collect import Collected
from raw_events.collectors.due import collect_due
from raw_events.ingest.drop_folder import land_drop_folder
from raw_events.segments.landing import land_segments


@dataclass(frozen=True)
class Landed:
    """What was landed, in numbers, and what to tell a person: what was refused, what each gave."""

    counts: dict[str, int]
    lines: list[str]


def land(home: Path, clock: RunClock, leave: Collection[str] = ()) -> Landed:
    """Land the drop folder, what was acknowledged over HTTP, and what is new in sources due.

    A source that stops does not stop the run (S-65); those of `leave` are not asked. Raises
    EvidenceMissing, ClockError, and what a disk says.
    """
    forget_stages()
    with stage("events") as counts:
        check_evidence(home)
        clock.checked(home)
        hand_over(home)
        dropped = land_drop_folder(home, clock.moment)
        sent = land_segments(home, clock.moment, machine_clock)
        found = list(collect_due(home, collectors(), clock.moment, leave))
        counts.update({**dropped.counts(), **sent.counts(), **collected_counts(found)})
        lines = [*dropped.lines, *sent.lines]
        for line in lines:
            reporter().say(line)
        for line in dropped.stays:
            reporter().stands(line, line, line)
        for each in found:
            _say(each)
    return Landed(dict(counts), [*lines, *dropped.stays, *(each.line() for each in found)])


def _say(source: Collected) -> None:
    """What stops a source stands until it is over; one that gave nothing new is no news."""
    if source.batches or not source.error:
        reporter().over(source.name)
    if source.error:
        reporter().stands(source.name, source.error, source.line())
    elif source.batches:
        reporter().say(source.line())
    else:
        reporter().idle(source.line())


def collected_counts(found: list[Collected]) -> dict[str, int]:
    """What sources gave, in numbers; empty if none was due."""
    if not found:
        return {}
    return {
        "sources": len(found),
        "collected": sum(each.accepted for each in found),
        "collected, rejected": sum(each.rejected for each in found),
        "stopped sources": sum(each.error is not None for each in found),
    }
