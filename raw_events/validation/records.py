"""Records of CSV, set-based: a regular expression says which are whole, Arrow takes them apart."""

import csv
import json
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from raw_events.validation.event import FIELDS, MAX_LINE_BYTES, REQUIRED_FIELDS
from raw_events.validation.line_places import Lines, not_utf8, numbered_lines, text_array
from raw_events.validation.rows import PropertyColumn, validate_rows

_CELL = r'(?:"[^"]*(?:""[^"]*)*"|[^",\r\n]*)'
# RE2 repeats at most this often in one go.
_REPEAT = 1000

_UNFIT = """
select line_number as index, trim(line, e' \\r\\n') = '' as is_blank
from given_records
where not regexp_full_match(line, $${grammar}$$)
"""

Faults = dict[int, tuple[str, str | None]]


def record_grammar(columns: int) -> str:
    """Regular expression (RE2, and Python's re) for one record with its line ending (RFC 4180)."""
    more, pieces = columns - 1, [_CELL]
    while more:
        step = min(more, _REPEAT)
        pieces.append(f"(?:,{_CELL}){{{step}}}")
        more -= step
    return "".join(pieces) + r"(?:\r?\n|\r)?"


def header_names(header: str) -> list[str]:
    """The column names of a header line. Raises csv.Error."""
    return next(csv.reader([header], strict=True), [])


def sent_records(lines: Lines, numbers: np.ndarray, wanted: np.ndarray) -> pa.Array:
    """The bytes of the records with the line numbers `wanted`; `numbers` are those of `lines`."""
    indexes = np.searchsorted(numbers, wanted).tolist()
    return pa.array(map(lines.at, indexes), pa.large_binary())


class RecordValidator:
    """Validates records with the columns `names`, which have the four required ones among them."""

    def __init__(self, names: list[str]):
        properties = [name for name in names if name not in FIELDS]
        self.grammar = record_grammar(len(names))
        self.names = names
        self._properties = [
            PropertyColumn(
                key_json=json.dumps(name, ensure_ascii=False),
                value=f"to_json(nullif(p{index}, ''))::varchar",
            )
            for index, name in enumerate(properties)
        ]
        self._columns = {name: f"f{index}" for index, name in enumerate(REQUIRED_FIELDS)}
        self._columns |= {name: f"p{index}" for index, name in enumerate(properties)}
        if "properties" in names:
            self._columns["properties"] = "given"

    def validate(
        self,
        con: duckdb.DuckDBPyConnection,
        lines: Lines,
        numbers: np.ndarray,
        as_of: datetime,
        is_cut: bool = False,
    ) -> tuple[pa.Table, pa.Array]:
        """(as of rules.validate_fields, the bytes of the rejected records in their order).

        `lines` are the records, `numbers` their line numbers; of the last one a piece is missing if
        `is_cut`. Blank records are left out.
        """
        is_whole, faults = self._faults(con, lines, is_cut)
        table = pa.table({"line_number": numbers[is_whole], **self._cells(lines, is_whole)})
        validated, _ = validate_rows(con, table, self._properties, as_of)
        if faults:
            bad = pa.table(
                {
                    "line_number": pa.array(numbers[list(faults)], pa.int64()),
                    "reason": [code for code, _ in faults.values()],
                    "detail": pa.array([detail for _, detail in faults.values()], pa.string()),
                }
            )
            validated = pa.concat_tables([validated, bad], promote_options="default")
            validated = validated.sort_by("line_number")
        rejected = validated.filter(validated["reason"].is_valid())["line_number"].to_numpy()
        return validated, sent_records(lines, numbers, rejected)

    def _faults(
        self, con: duckdb.DuckDBPyConnection, lines: Lines, is_cut: bool
    ) -> tuple[np.ndarray, Faults]:
        """(which records go on, why others do not by their index); blank ones do neither."""
        sizes = lines.ends - lines.starts
        faults: Faults = {}
        for index in not_utf8(lines):
            faults[index] = ("bad_encoding", "the record is not UTF-8")
        for index in np.flatnonzero(sizes > MAX_LINE_BYTES).tolist():
            faults.setdefault(index, ("too_large", f"the record has {int(sizes[index]):,} bytes"))
        if is_cut:
            faults.setdefault(len(sizes) - 1, ("not_json", "the file is cut off here"))
        is_whole = np.ones(len(sizes), bool)
        is_whole[list(faults)] = False
        con.register("given_records", numbered_lines(lines, np.arange(len(sizes)), is_whole))
        unfit = con.execute(_UNFIT.replace("{grammar}", self.grammar)).fetchnumpy()
        con.unregister("given_records")
        indexes = unfit["index"].astype(np.int64)
        is_whole[indexes] = False
        for index in indexes[~unfit["is_blank"].astype(bool)].tolist():
            faults[index] = self._misfit(lines.at(index))
        return is_whole, dict(sorted(faults.items()))

    def _misfit(self, record: bytes) -> tuple[str, str]:
        if b"\0" in record:
            return "bad_encoding", "a NUL character"
        try:
            cells = next(csv.reader([record.decode("utf-8")], strict=True))
        except (csv.Error, StopIteration):
            return "not_json", "the quotes of the CSV record do not match (RFC 4180)"
        if len(cells) == len(self.names):
            return "not_json", "a quote stands in a cell of the CSV record that is not quoted"
        return "not_json", f"the CSV record has {len(cells)} cells, the header {len(self.names)}"

    def _cells(self, lines: Lines, is_whole: np.ndarray) -> dict[str, pa.ChunkedArray | pa.Array]:
        if not is_whole.any():
            return {column: pa.array([], pa.string()) for column in self._columns.values()}
        data = text_array(lines, is_whole).buffers()[2]
        table = pa_csv.read_csv(
            pa.BufferReader(data),
            pa_csv.ReadOptions(column_names=self.names, block_size=data.size + 1),
            pa_csv.ParseOptions(newlines_in_values=True),
            pa_csv.ConvertOptions(
                column_types=dict.fromkeys(self.names, pa.string()), strings_can_be_null=False
            ),
        )
        assert len(table) == int(is_whole.sum()), "Arrow and the grammar disagree about records"
        cells = {self._columns[name]: table[name] for name in self.names}
        if "given" in cells:
            given = cells["given"]
            is_empty = pc.equal(pc.binary_length(given), 0)
            cells["given"] = pc.if_else(is_empty, pa.scalar(None, pa.string()), given)
        return cells
