"""Replay: rejected events are validated again, and those that can be taken now land as one batch.

Exactly once: the batch's entry names a file with what it took out of the quarantine, written
before. Killed before it is written, nothing has happened; after it, the log says that they are
replayed. Two replays at once run one after the other.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.errors import QuarantineError
from raw_events.common.files import ParquetFolder, file_sha256
from raw_events.common.source_file import SourceFile
from raw_events.common.text import counted
from raw_events.ingest.batch import engine, log_rows
from raw_events.ingest.judging import Judging
from raw_events.ingest.landing import checked_clock, disk_errors_explained
from raw_events.log.entry import Batch
from raw_events.log.event_log import SCHEMA, EventLog
from raw_events.quarantine.rejected import TAKEN_SCHEMA, Selection, alone, chosen
from raw_events.readers import open_reader
from raw_events.validation.event import reason_sentence
from raw_events.validation.line_places import Lines
from raw_events.validation.lines import validate_lines
from raw_events.validation.records import RecordValidator, header_names

SOURCE = "replay"
_ROWS = 100_000
# Of each kind of event that was not landed.
_SHOWN = 10


@dataclass(frozen=True)
class ReplayReport:
    """What a replay did. `log_version` is null if nothing could be taken.

    `faults`: (id, reason code, sentence) of the first events that still cannot be taken. `settled`
    of the events that were named are landed or waived already; `before` has the first ones, (id,
    status, what became of it).
    """

    landed: int
    still_rejected: int
    log_version: int | None = None
    rejected_by_reason: dict[str, int] = field(default_factory=dict)
    faults: tuple[tuple[str, str, str], ...] = ()
    settled: int = 0
    before: tuple[tuple[str, str, str], ...] = ()


def replay(
    home: Path,
    as_of: datetime,
    selection: Selection | None = None,
    corrected: Path | None = None,
) -> ReplayReport:
    """Land the open rejected events of `selection` (default: all) that are valid now.

    With `corrected`, the events of that file take their place, one for each in the same order
    (ids from `<corrected>.ids` if none are selected). They keep their source; received_at is
    `as_of`. What is still not valid stays open; correct the same file again, and what it landed
    before is passed over. Raises QuarantineError, or LandingError as
    landing.land_file does.
    """
    home, selection = Path(home), replace(selection or Selection(), status="open")
    if corrected is not None and selection == Selection():
        selection = Selection(ids=_ids_beside(Path(corrected)))
    if corrected is not None and selection.ids is not None:
        # Each line of the file is one of them, whatever became of it meanwhile.
        selection = replace(selection, status=None)
    with alone(home):
        as_of = checked_clock(home, as_of)
        events = chosen(home, selection)
        with engine() as con:
            if corrected is None:
                validated = _validate_again(con, events, as_of)
            else:
                validated = _validate_corrected(con, Path(corrected), events, as_of)
            # What is settled is passed over before it is judged: nothing is noted of it again.
            is_open = pc.equal(events["status"].take(validated["line_number"]), "open")
            settled = events.take(validated.filter(pc.invert(is_open))["line_number"])
            validated = validated.filter(is_open)
            judging = Judging(home)
            validated = judging.table(con, validated)
        with disk_errors_explained("The replay could not be landed"):
            file = Path(corrected) if corrected else None
            report = _land(home, events, validated, as_of, file, judging)
    before = settled.select(["id", "status", "note"]).slice(0, _SHOWN).to_pylist()
    said = tuple((row["id"], row["status"], row["note"]) for row in before)
    return replace(report, settled=len(settled), before=said)


def _validate_again(con: duckdb.DuckDBPyConnection, events: pa.Table, as_of: datetime) -> pa.Table:
    """Validated rows; line_number is the index in `events`."""
    headers = events["header"].to_numpy(zero_copy_only=False)
    is_csv = pc.equal(events["format"], "csv").to_numpy()
    parts = []
    for header in [None, *dict.fromkeys(headers[is_csv])]:
        of_kind = np.flatnonzero(~is_csv if header is None else is_csv & (headers == header))
        for start in range(0, len(of_kind), _ROWS):
            indexes = of_kind[start : start + _ROWS]
            lines = Lines.of(events["raw"].take(pa.array(indexes)).to_pylist())
            numbers = np.arange(len(indexes), dtype=np.int64)
            if header is None:
                validated = validate_lines(con, lines, as_of)
            else:
                validated, _ = RecordValidator(header_names(header)).validate(
                    con, lines, numbers, as_of
                )
            where = pa.array(indexes[validated["line_number"].to_numpy()])
            parts.append(validated.set_column(0, "line_number", where))
    return pa.concat_tables(parts, promote_options="default").sort_by("line_number")


def _validate_corrected(
    con: duckdb.DuckDBPyConnection, path: Path, events: pa.Table, as_of: datetime
) -> pa.Table:
    if not path.is_file():
        raise QuarantineError(f"{path} does not exist, or is not a file.")
    chunks = [chunk.validated for chunk in open_reader(SourceFile(path)).chunks(con, as_of)]
    validated = pa.concat_tables(chunks, promote_options="default")
    if len(validated) != len(events):
        raise QuarantineError(
            f"{path} has {counted(len(validated), 'event')}, and "
            f"{counted(len(events), 'rejected event')} selected. A corrected file has one event "
            "for each, in the same order. Nothing was landed."
        )
    return validated.set_column(0, "line_number", pa.array(np.arange(len(validated))))


def _land(
    home: Path,
    events: pa.Table,
    validated: pa.Table,
    as_of: datetime,
    corrected: Path | None,
    judging: Judging,
) -> ReplayReport:
    is_valid = pc.is_null(validated["reason"])
    still = validated.filter(pc.invert(is_valid))
    report = ReplayReport(
        landed=0,
        still_rejected=len(still),
        rejected_by_reason=dict(sorted(Counter(still["reason"].to_pylist()).items())),
        faults=tuple(_fault(events, row) for row in still.slice(0, _SHOWN).to_pylist()),
    )
    good = validated.filter(is_valid)
    if not len(good):
        return report
    taken = events.take(good["line_number"])
    digest = hashlib.sha256(b"replay\n")
    digest.update("\n".join(taken["id"].to_pylist()).encode())
    if corrected:
        digest.update(file_sha256(corrected).encode())
    batch_id = digest.hexdigest()
    log = EventLog(home)
    rows = log_rows(good, taken["source"].combine_chunks(), as_of, 0)
    with (
        ParquetFolder(log.root, SCHEMA, ["customer_id", "event_type"]) as landed,
        ParquetFolder(home / "quarantine", TAKEN_SCHEMA, []) as noted,
    ):
        landed.write(rows)
        noted.write(taken.select(TAKEN_SCHEMA.names).cast(TAKEN_SCHEMA))
        file = landed.finish(batch_id[:16])
        note = noted.finish(f"replayed-{batch_id[:16]}")
    if file is None or note is None:
        raise QuarantineError("None of the selected events is valid: there is nothing to replay.")
    entry, _ = log.append(
        Batch(
            batch_id=batch_id,
            file_name=corrected.name if corrected else "",
            source=SOURCE,
            received_at=as_of,
            accepted=len(rows),
            rejected=0,
            rejected_by_reason={},
            path=file.path.name,
            sha256=file.sha256,
            size=file.size,
            replay={
                "path": note.path.name,
                "sha256": note.sha256,
                "rows": note.rows,
                "undone": _undone(taken),
            },
            schemas=judging.recorded(),
        )
    )
    return replace(report, landed=len(rows), log_version=entry.version)


def _undone(taken: pa.Table) -> list[list[Any]]:
    days = pc.strftime(taken["received_at"], "%Y-%m-%d").to_pylist()
    keys = zip(days, taken["source"].to_pylist(), taken["reason_code"].to_pylist(), strict=True)
    return [[*key, events] for key, events in sorted(Counter(keys).items())]


def _fault(events: pa.Table, row: dict[str, Any]) -> tuple[str, str, str]:
    id = events["id"][row["line_number"]].as_py()
    return id, row["reason"], reason_sentence(row["reason"], row["detail"])


def ids_beside(exported: Path) -> Path:
    """Where an export keeps the ids of its events, one a line in their order."""
    return exported.with_name(f"{exported.name}.ids")


def _ids_beside(corrected: Path) -> tuple[str, ...]:
    path = ids_beside(corrected)
    if not path.is_file():
        raise QuarantineError(
            f"Which events does {corrected} correct? Name their ids, or keep {path.name} of the "
            "export beside it."
        )
    return tuple(path.read_text().split())
