"""What is published of event types judges what lands, whichever way it came (S-64).

A type's schema either keeps an event out (mode `quarantine`) or notes what it breaks and lets it
land (`report`). The entry of a batch records which version judged it and what it found.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from raw_events.common.text import counted
from raw_events.readers import Chunk
from raw_events.schemas.judge import RULES, Fault, explain, judge_type, type_places
from raw_events.schemas.published import QUARANTINE, Published, read_published

_SHOWN = 20


class Judging:
    """Judges the events of one batch by what is published in a data directory now."""

    def __init__(self, home: Path):
        self._schemas = read_published(home)
        self._judged_by: dict[str, Published] = {}
        self._faults: Counter[Fault] = Counter()

    def chunk(self, con: duckdb.DuckDBPyConnection, chunk: Chunk) -> Chunk:
        """The chunk, with those rejected that a schema is to keep out."""
        validated, refused = self._judge(con, chunk.validated)
        if not len(refused):
            return chunk
        numbers = validated["line_number"].to_numpy()
        was_rejected = pc.is_valid(chunk.validated["reason"]).to_numpy()
        bytes_of = np.concatenate([numbers[was_rejected], numbers[refused]])
        raw = pa.concat_arrays([_whole(chunk.raw), _whole(chunk.sent(numbers[refused]))])
        order = np.argsort(bytes_of)
        places = [*chunk.places, *(chunk.placed(numbers[refused]) if chunk.placed else ())]
        return replace(
            chunk,
            validated=validated,
            raw=raw.take(pa.array(order)),
            places=tuple(places[at] for at in order.tolist()) if places else (),
        )

    def table(self, con: duckdb.DuckDBPyConnection, validated: pa.Table) -> pa.Table:
        """The same for validated events whose bytes are kept elsewhere."""
        return self._judge(con, validated)[0]

    def recorded(self) -> dict[str, Any] | None:
        """What the entry of the batch records: type → version, mode and what was reported."""
        faults: dict[str, list[list[Any]]] = {}
        for fault, events in self._faults.items():
            of_type = faults.setdefault(fault.event_type, [])
            of_type.append([fault.property, fault.json_type, fault.rule, events])
        return {
            name: {
                "version": one.version,
                "mode": one.mode,
                "faults": sorted(faults.get(name, []), key=lambda row: [str(x) for x in row]),
            }
            for name, one in sorted(self._judged_by.items())
        } or None

    def sentences(self) -> list[str]:
        """What was reported and has landed, for the person who landed it."""
        said = [
            f"reported by version {self._judged_by[fault.event_type].version} of "
            f"{fault.event_type}: {counted(events, 'event')}, {fault.rule}"
            + (f" of {fault.property} ({fault.json_type})" if fault.property else "")
            for fault, events in sorted(self._faults.items(), key=lambda item: str(item[0]))
        ]
        more = f"… and {len(said) - _SHOWN} more (mart event_schema_drift)"
        return said if len(said) <= _SHOWN else [*said[:_SHOWN], more]

    def _judge(
        self, con: duckdb.DuckDBPyConnection, validated: pa.Table
    ) -> tuple[pa.Table, np.ndarray]:
        """(The events with what keeps them out as their reason, which rows that are)."""
        if not self._schemas:
            return validated, np.zeros(0, np.int64)
        texts = validated.select(["properties", "property_texts"])
        codes: dict[int, str] = {}
        details: dict[int, str] = {}
        for name, places in type_places(validated, self._schemas).items():
            if not len(places):
                continue
            published = self._judged_by.setdefault(name, self._schemas[name])
            judged = judge_type(con, texts.take(pa.array(places)), published)
            if published.mode != QUARANTINE:
                self._faults += judged.faults
                continue
            broken = np.flatnonzero(judged.rule)
            rows = places[broken]
            properties = validated["properties"].take(pa.array(rows)).to_pylist()
            for row, at, text in zip(rows.tolist(), broken.tolist(), properties, strict=True):
                rule = RULES[judged.rule[at] - 1]
                codes[row] = f"schema:{rule}"
                details[row] = explain(published, rule, int(judged.about[at]), text)
        if not codes:
            return validated, np.zeros(0, np.int64)
        refused = np.array(sorted(codes))
        for column, found in (("reason", codes), ("detail", details)):
            values = pa.array([found[row] for row in refused.tolist()], pa.string())
            mask = np.zeros(len(validated), bool)
            mask[refused] = True
            changed = pc.replace_with_mask(
                validated[column].combine_chunks(), pa.array(mask), values
            )
            place = validated.schema.get_field_index(column)
            validated = validated.set_column(place, validated.schema.field(column), changed)
        return validated, refused


def _whole(raw: pa.Array | pa.ChunkedArray) -> pa.Array:
    together = raw.combine_chunks() if isinstance(raw, pa.ChunkedArray) else raw
    return together.cast(pa.large_binary())
