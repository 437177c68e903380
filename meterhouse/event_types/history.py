"""What landed in the last 34 days, as a schema would have judged it (S-64)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from raw_events.ingest.batch import engine
from raw_events.log.event_log import EventLog
from raw_events.schemas.judge import RULES, Fault, explain, judge_type
from raw_events.schemas.published import Published
from raw_events.validation.event import FURTHEST_AHEAD, OLDEST

# As long as an event may be on its way (S-6).
DAYS = OLDEST.days
EXAMPLES = 3
_COLUMNS = ["event_type", "transaction_id", "timestamp", "properties", "property_texts"]


@dataclass
class History:
    """How many `events` of a type there were, and how many a schema would refuse.

    `faults` counts events by what they break; an event may break several. `examples`: rule →
    (transaction id, sentence) of some events that break that rule first.
    """

    events: int = 0
    refused: int = 0
    faults: Counter[Fault] = field(default_factory=Counter)
    examples: dict[str, list[tuple[str, str]]] = field(default_factory=dict)


def judged_history(home: Path, published: Published) -> History:
    """The events of the type in the 34 days before the latest moment of the log, judged again."""
    found = History()
    if EventLog(home).version() < 0:
        return found
    with engine() as con:
        for events in recent_events(home, published.event_type):
            judged = judge_type(con, events, published)
            broken = np.flatnonzero(judged.rule)
            found.events += len(events)
            found.refused += len(broken)
            found.faults += judged.faults
            for at in broken.tolist():
                examples = found.examples.setdefault(RULES[judged.rule[at] - 1], [])
                if len(examples) < EXAMPLES:
                    rule, row = RULES[judged.rule[at] - 1], events.slice(at, 1).to_pylist()[0]
                    sentence = explain(published, rule, int(judged.about[at]), row["properties"])
                    examples.append((row["transaction_id"], sentence))
    return found


def recent_types(home: Path) -> list[str]:
    """The event types of the log of those days, sorted."""
    log, found = EventLog(home), set[str]()
    latest = log.latest_as_of()
    if latest is None:
        return []
    for entry in log.entries(-1, log.version()):
        if entry.path and entry.received_at >= latest - OLDEST:
            column = pq.read_table(log.root / entry.path, columns=["event_type"])["event_type"]
            found.update(pc.unique(column.cast(pa.string())).to_pylist())
    return sorted(found)


def recent_events(home: Path, event_type: str) -> Iterator[pa.Table]:
    """The events of a type in the log of those days, in parts; also repeats and retracted ones."""
    log = EventLog(home)
    latest = log.latest_as_of()
    if latest is None:
        return
    first = latest - OLDEST
    for entry in log.entries(-1, log.version()):
        # What landed before is from before, but for what was sent ahead of its time.
        if entry.path is None or entry.received_at + FURTHEST_AHEAD < first - timedelta(days=1):
            continue
        file = pq.ParquetFile(log.root / entry.path)
        for group in range(file.num_row_groups):
            rows = file.read_row_group(group, columns=_COLUMNS)
            is_asked = pc.and_(
                pc.equal(rows["event_type"], event_type),
                pc.greater_equal(rows["timestamp"], pa.scalar(first, pa.timestamp("us", "UTC"))),
            )
            if pc.any(is_asked).as_py():
                yield rows.filter(is_asked)
