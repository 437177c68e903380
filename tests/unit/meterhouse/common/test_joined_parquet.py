"""One Parquet file out of several: guards against rows that a reader of the joined file does not
find, finds twice, or reads wrongly."""

from itertools import pairwise

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meterhouse.common.joined_parquet import NotJoinable, join_parquet
from meterhouse.common.thrift import read_struct, write_struct
from raw_events.common.files import file_sha256

# Dictionaries, bloom filters, nulls, texts beyond ASCII, decimals and instants.
ROWS = """
    select
        'c' || (i % 97) || case when i % 5 = 0 then ' é😀' else '' end as id,
        case when i % 3 = 0 then i end as number,
        (i / 7)::decimal(28, 10) as quantity,
        date '2026-01-01' + (i % 400)::integer as day,
        timestamptz '2026-01-01 00:00:00Z' + to_seconds(i) as at,
        i % 2 = 0 as even,
        [i, i + 1] as several,
    from range({first}, {end}) as numbers (i)
"""
BOUNDS = (0, 300_000, 300_000, 300_001, 430_000)


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def parts(con, folder, bounds=BOUNDS, columns="*"):
    """A file per pair of bounds; the second has no row."""
    files = []
    for number, (first, end) in enumerate(pairwise(bounds)):
        files.append(folder / f"{number}.parquet")
        con.execute(
            f"copy (select {columns} from ({ROWS.format(first=first, end=end)})) "
            f"to '{files[-1]}' (format parquet, compression zstd)"
        )
    return files


def test_every_reader_finds_all_rows_in_order(con, tmp_path):
    files, joined = parts(con, tmp_path), tmp_path / "joined"
    rows, digest = join_parquet(files, joined)
    assert (rows, digest) == (BOUNDS[-1], file_sha256(joined))
    assert pq.read_table(joined).equals(pa.concat_tables(pq.read_table(file) for file in files))
    [(differing,)] = con.execute(
        f"select count(*) from (({ROWS.format(first=0, end=BOUNDS[-1])}) "
        f"except all from read_parquet('{joined}'))"
    ).fetchall()
    assert differing == 0
    # Filters go by the statistics and bloom filters of each row group.
    for value in ("'c96'", "'c5 é😀'", "'c7'", "'none'"):
        counts = {
            con.execute(
                f"select count(*) from read_parquet({names}) where id = {value}"
            ).fetchall()[0]
            for names in (f"['{joined}']", f"{[str(file) for file in files]}")
        }
        assert len(counts) == 1, value
    assert excluded(con, [joined]) == excluded(con, files) == 5


def excluded(con, files):
    """How many row groups' bloom filters say that a value is not there."""
    return sum(
        con.execute(
            "select count(*) filter (bloom_filter_excludes) "
            f"from parquet_bloom_probe('{file}', 'id', 'none')"
        ).fetchall()[0][0]
        for file in files
    )


def test_what_is_joined_can_be_joined_again(con, tmp_path):
    """Also with more row groups than a short list of the format has."""
    files = parts(con, tmp_path, tuple(range(0, 40, 2)))
    join_parquet(files, tmp_path / "once")
    join_parquet([tmp_path / "once", *files], tmp_path / "twice")
    found = pq.ParquetFile(tmp_path / "twice")
    assert (found.metadata.num_rows, found.metadata.num_row_groups) == (76, 38)
    numbers = found.read(["number"])["number"].to_pylist()
    assert numbers[:38] == numbers[38:]


def test_files_without_a_row_give_one_without_a_row(con, tmp_path):
    files = parts(con, tmp_path, (0, 0, 0))
    assert join_parquet(files, tmp_path / "joined")[0] == 0
    assert pq.read_table(tmp_path / "joined").schema.equals(pq.read_table(files[0]).schema)


@pytest.mark.parametrize("harm", ["other columns", "cut", "no Parquet", "empty", "torn footer"])
def test_what_does_not_fit_is_refused(con, tmp_path, harm):
    files = parts(con, tmp_path, (0, 10, 20))
    data = files[1].read_bytes()
    if harm == "other columns":
        (tmp_path / "other").mkdir()
        other = parts(con, tmp_path / "other", (0, 10), "id, quantity::decimal(20, 10) as number")
        files = [files[0], *other]
    else:
        files[1].write_bytes(
            {
                "cut": data[:-30],
                "no Parquet": b"x" * 100,
                "empty": b"",
                "torn footer": data[: _footer(data)] + bytes(40) + data[_footer(data) + 40 :],
            }[harm]
        )
    with pytest.raises(NotJoinable):
        join_parquet(files, tmp_path / "joined")


def test_a_footer_is_written_as_it_was_read(con, tmp_path):
    """Whatever a later writer adds to it."""
    data = parts(con, tmp_path, (0, 300_000))[0].read_bytes()
    footer = data[_footer(data) : -8]
    assert write_struct(read_struct(footer)) == footer


def _footer(data):
    return len(data) - 8 - int.from_bytes(data[-8:-4], "little")
