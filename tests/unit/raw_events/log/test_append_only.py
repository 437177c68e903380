"""A plain append-only table: rows are there once or not at all, also where many are merged."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from raw_events.common.errors import LogDamaged
from raw_events.common.sql import literals
from raw_events.log.append_only import AppendOnlyTable

SCHEMA = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("text", pa.string())])


@pytest.fixture
def table(tmp_path) -> AppendOnlyTable:
    return AppendOnlyTable(tmp_path, "notes", SCHEMA, "Notes of a test.")


def ids(table: AppendOnlyTable) -> list[int]:
    files = table.files()
    if not files:
        return []
    rows = duckdb.sql(f"select id from read_parquet([{literals(files)}]) order by id")
    return [id for (id,) in rows.fetchall()]


def append(table: AppendOnlyTable, *numbers: int) -> None:
    table.append([{"id": number, "text": f"row {number}"} for number in numbers])


def test_rows_are_appended_in_entries(table):
    assert (ids(table), table.version()) == ([], -1)
    append(table, 1, 2)
    append(table)
    append(table, 3)
    assert (ids(table), table.version()) == ([1, 2, 3], 2)


def test_a_changed_or_missing_file_is_named(table):
    append(table, 1)
    append(table, 2)
    first, second = table.files()
    content = first.read_bytes()
    first.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
    with pytest.raises(LogDamaged, match=first.name):
        table.files()
    first.write_bytes(content)
    second.unlink()
    with pytest.raises(LogDamaged, match=second.name):
        table.files()


def test_many_files_are_read_as_one_and_stay(table):
    for number in range(5):
        append(table, number)
    assert not table.merge(more_than=5)
    assert table.merge(more_than=4)
    assert len(table.files()) == 1
    append(table, 5)
    assert len(table.files()) == 2
    assert ids(table) == [0, 1, 2, 3, 4, 5]
    assert len(list(table.root.glob("*.parquet"))) == 6
    assert table.version() == 6, "a copy is no entry"
    for number in range(6, 9):
        append(table, number)
        assert table.merge(more_than=1)
    assert ids(table) == list(range(9))
    assert len(list((table.root / "_merged").glob("*.parquet"))) == 2


def flipped(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])


@pytest.mark.parametrize("harm", [Path.unlink, flipped, lambda path: path.write_bytes(b"torn")])
def test_a_copy_that_is_gone_or_changed_is_not_used(table, harm: Callable[[Path], None]):
    for number in range(3):
        append(table, number)
    table.merge(more_than=1)
    [copy] = (table.root / "_merged").glob("*.parquet")
    harm(copy)
    assert ids(table) == [0, 1, 2]


def test_a_copy_of_rows_that_were_never_appended_here_is_not_used(table, tmp_path):
    """An older backup of the table, beside a newer copy."""
    other = AppendOnlyTable(tmp_path / "other", "notes", SCHEMA, "Notes of a test.")
    for number in range(3):
        append(table, number)
        append(other, number + 10)
    other.merge(more_than=1)
    (other.root / "_merged").rename(table.root / "_merged")
    assert ids(table) == [0, 1, 2]


def test_before_the_first_append_the_source_has_the_columns_and_types_of_the_schema(table):
    with duckdb.connect() as con:
        empty = con.sql(f"from {table.source()}")
        before = empty.columns, empty.types, empty.fetchall()
        append(table, 1)
        found = con.sql(f"from {table.source()}")
        assert (found.columns, found.types) == before[:2]
        assert before[2] == [] and len(found.fetchall()) == 1


def test_a_file_of_an_earlier_release_has_nothing_where_it_lacks_a_column(table, tmp_path):
    append(table, 1)
    later = AppendOnlyTable(
        tmp_path, "notes", SCHEMA.append(pa.field("amount", pa.decimal128(20, 4))), "Notes."
    )
    with duckdb.connect() as con:
        query = f"from {later.source()}"
        assert con.sql(query).columns == ["id", "text", "amount"]
        assert con.execute(query).fetchall() == [(1, "row 1", None)]
        assert later.merge(more_than=0)
        assert con.execute(f"from {later.source()}").fetchall() == [(1, "row 1", None)]
