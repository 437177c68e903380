"""What would become of the next events of a source; nothing is written."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from raw_events.collectors.errors import ReadAgain
from raw_events.collectors.land import source_faults
from raw_events.collectors.retries import retried
from raw_events.collectors.source import Source, prepared
from raw_events.common.sql import literal
from raw_events.ingest.batch import engine
from raw_events.ingest.judging import Judging
from raw_events.log.event_log import EventLog
from raw_events.validation.event import reason_sentence

EVENTS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Previewed:
    """One event as it would land. `outcome`: `accepted`, `already landed` or the reason code of the
    quarantine, with `sentence` what that means."""

    transaction_id: str | None
    customer_id: str | None
    event_type: str | None
    timestamp: datetime | None
    properties: str | None
    outcome: str
    sentence: str = ""


def dry_run(home: Path, source: Source, as_of: datetime, most: int = EVENTS) -> list[Previewed]:
    """The first events after the log's position, at most `most`. Raises SourceError."""
    log = EventLog(home)
    prepared(source, Path(home))
    before = log.position(source.name)
    at: Any = before.value if before else None
    try:
        judging = Judging(home)
        with source_faults(source.name, network=True), engine() as con:
            while batch := retried(partial(source.read, at, as_of)):
                try:
                    for chunk in batch.reader.chunks(con, as_of):
                        if len(chunk.validated):
                            first = judging.table(con, chunk.validated.slice(0, most))
                            return _previewed(log, first)
                except ReadAgain:
                    continue
                if batch.is_last:
                    break
                at = batch.to
    finally:
        source.close()
    return []


def _previewed(log: EventLog, events: pa.Table) -> list[Previewed]:
    landed = _landed(log, [id for id in events["transaction_id"].to_pylist() if id])
    found = []
    for row in events.to_pylist():
        outcome = row["reason"] or ("already landed" if row["transaction_id"] in landed else "")
        sentence = reason_sentence(row["reason"], row["detail"]) if row["reason"] else ""
        instant = row["instant"]
        found.append(
            Previewed(
                row["transaction_id"],
                row["customer_id"],
                row["event_type"],
                None if instant is None else _EPOCH + timedelta(microseconds=instant),
                row["properties"],
                outcome or "accepted",
                sentence,
            )
        )
    return found


def _landed(log: EventLog, ids: list[str]) -> set[str]:
    """Which of these ids the log has (S-8); it reads the column of ids of the whole log."""
    entries = log.entries(-1, log.version()) if ids else []
    files = [literal(f"{log.root}/{entry.path}") for entry in entries if entry.path]
    if not files:
        return set()
    with engine() as con:
        rows = con.execute(
            f"select distinct transaction_id from read_parquet([{', '.join(files)}]) "
            "where transaction_id in (select unnest($ids))",
            {"ids": ids},
        ).fetchall()
    return {id for (id,) in rows}
