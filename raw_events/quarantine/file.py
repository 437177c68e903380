"""Rows of the files in $METERHOUSE_HOME/quarantine: what was rejected, as it came (S-7)."""

from collections.abc import Sequence

import pyarrow as pa

from raw_events.validation.event import reason_sentence

# `raw`: the bytes of the line or CSV record without its line ending; of a Parquet row, the event as
# a JSON line. `format` and `header` (of a CSV file) say how to read it again.
QUARANTINE_SCHEMA = pa.schema(
    [
        pa.field("line_number", pa.int64(), nullable=False),
        pa.field("reason_code", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("raw", pa.large_binary(), nullable=False),
        pa.field("format", pa.string(), nullable=False),
        pa.field("header", pa.string()),
    ]
)


def quarantined(
    faults: pa.Table,
    raw: pa.Array,
    kind: str,
    header: str | None,
    places: Sequence[str] = (),
) -> pa.Table:
    """Rejected events (as of validation.rules.validate_fields) with their bytes, as file rows.

    `places`: where each stood in its source; it is said with the reason (S-65).
    """
    codes, details = faults["reason"].to_pylist(), faults["detail"].to_pylist()
    sentences = list(map(reason_sentence, codes, details))
    if places:
        sentences = [f"{said} It is {at}." for said, at in zip(sentences, places, strict=True)]
    return pa.table(
        [
            faults["line_number"],
            faults["reason"],
            pa.array(sentences, pa.string()),
            raw,
            pa.repeat(kind, len(faults)),
            pa.repeat(pa.scalar(header, pa.string()), len(faults)),
        ],
        schema=QUARANTINE_SCHEMA,
    )
