"""What the rows of a batch come to when texts that a dictionary has once stand in each of them."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as is_

from raw_events.common.budget import MIB
from raw_events.validation.event import MAX_PROPERTIES_BYTES

# Measured: such rows take so many times the memory of usual ones.
_REJECTED = 8
_SHORT_BATCH = 4 * MIB
_SHORT_TEXT = 4_096


def row_bytes(batch: pa.RecordBatch) -> np.ndarray:
    """The bytes of each row, decoded: BIGINT, as many as there are rows."""
    sizes = np.zeros(len(batch), np.int64)
    for column in batch.columns:
        sizes += _value_bytes(column)
    return sizes


def has_short_rows(batch: pa.RecordBatch) -> bool:
    """Whether nothing of it needs to be looked at row by row, as in files of events."""
    return batch.nbytes <= _SHORT_BATCH and all(map(_is_short, batch.columns))


def _is_short(column: pa.Array) -> bool:
    if not (is_.is_string(column.type) or is_.is_large_string(column.type)):
        return not (is_.is_nested(column.type) or is_.is_string_view(column.type))
    longest = pc.max(pc.binary_length(column)).as_py() or 0
    return longest <= _SHORT_TEXT and not _controls(column)


def weights(batch: pa.RecordBatch, sizes: np.ndarray) -> np.ndarray:
    """`sizes` of the rows as what validating them costs, in bytes of usual ones.

    A control character is six bytes in JSON. A row over the limits is rejected, and stands in
    memory as text, as properties and as a line for the quarantine.
    """
    controls = sum(_controls(column) for column in batch.columns)
    grown = sizes + (5 * controls * sizes) // max(1, int(sizes.sum()))
    return np.asarray(np.where(sizes > MAX_PROPERTIES_BYTES, _REJECTED * grown, grown))


def _controls(column: pa.Array) -> int:
    if not (is_.is_string(column.type) or is_.is_large_string(column.type)):
        return 0
    data = np.frombuffer(column.buffers()[2] or b"", np.uint8)
    # Hardly any file has one, and the smallest byte is found at once.
    return int(np.count_nonzero(data < 0x20)) if data.min(initial=0xFF) < 0x20 else 0


def slices(sizes: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """Rows from … up to …, in order, that have `most` bytes together, or are one row."""
    ends, start = np.cumsum(sizes), 0
    while start < len(sizes):
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + most, "right")))
        yield start, end
        start = end


def _value_bytes(column: pa.Array) -> np.ndarray:
    kind = column.type
    if is_.is_dictionary(kind):
        # A null has the last place.
        of_dictionary = np.append(_value_bytes(column.dictionary), 0)
        indices = pc.fill_null(column.indices.cast(pa.int64()), -1).to_numpy()
        return np.asarray(of_dictionary[indices])
    if is_.is_struct(kind):
        sizes = np.full(len(column), 8, np.int64)
        for field in column.flatten():
            sizes += _value_bytes(field)
        return sizes
    if is_.is_nested(kind):
        if is_.is_map(kind):
            column = column.cast(pa.list_(pa.struct([kind.key_field, kind.item_field])))
        elif not (is_.is_list(kind) or is_.is_large_list(kind)):
            column = column.cast(pa.list_(kind.value_field))
        # The values of a slice are those of the whole, and so are its offsets.
        ends = np.append(0, np.cumsum(_value_bytes(column.values)))
        return np.asarray(np.diff(ends[column.offsets.to_numpy()])) + 8
    if is_.is_string_view(kind):
        column = column.cast(pa.large_string())
    if is_.is_string(column.type) or is_.is_large_string(column.type):
        lengths = pc.fill_null(pc.binary_length(column), 0).cast(pa.int64())
        return np.asarray(lengths.to_numpy()) + 4
    return np.full(len(column), 8, np.int64)
