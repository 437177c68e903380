"""Publishing: guards against torn, mixed or changing marts."""

import hashlib
import resource
import threading
from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from meterhouse.ledger.passed_build import forget_passed_build
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.publish import publish_marts
from tests.unit.meterhouse.ledger.ledger_cases import pass_build


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema marts")
        pass_build(connection)
        yield connection


def fill(con, generation: int, rows: int = 1000) -> None:
    """Two marts that both carry the number of their generation."""
    for mart in ("invoices", "lines"):
        con.execute(
            f"create or replace table marts.{mart} as select 'i' || number as id, "
            f"{generation} as generation, (number / 7)::decimal(20, 4) as amount, "
            "timestamptz '2025-01-01' + number * interval 1 second as at, "
            f'\'{{"a":1}}\'::json as "group" from range({rows}) as numbers (number)'
        )


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.glob("*.parquet"))
    }


def test_the_same_rows_give_the_same_bytes(con, tmp_path):
    """Whatever their order in the table and the number of threads (S-4)."""
    found = []
    for index, threads in enumerate((1, 2, 4)):
        con.execute(f"set threads = {threads}")
        fill(con, 1, rows=150_000)
        con.execute(
            f"create or replace table marts.lines as from marts.lines order by hash(id || {index})"
        )
        publish_marts(con, tmp_path / str(index))
        found.append(digests(tmp_path / str(index) / "marts"))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 2


def test_an_empty_mart_has_no_rows_and_the_right_types(con, tmp_path):
    fill(con, 1, rows=0)
    assert publish_marts(con, tmp_path).rows == {"invoices": 0, "lines": 0}
    table = pyarrow.parquet.read_table(tmp_path / "marts" / "invoices.parquet")
    assert table.num_rows == 0
    assert [str(field.type) for field in table.schema][:4] == [
        "string",
        "int32",
        "decimal128(20, 4)",
        "timestamp[us, tz=UTC]",
    ]


def test_three_generations_stay_for_those_who_still_read(con, tmp_path):
    for generation in range(1, 6):
        fill(con, generation)
        assert publish_marts(con, tmp_path).generation == generation
    assert sorted(path.name for path in (tmp_path / ".marts").iterdir()) == ["3", "4", "5"]
    assert str((tmp_path / "marts").readlink()) == ".marts/5"


def test_marts_that_did_not_change_stay_and_are_shared(con, tmp_path):
    fill(con, 1)
    publish_marts(con, tmp_path)
    assert publish_marts(con, tmp_path).changed == []
    assert str((tmp_path / "marts").readlink()) == ".marts/1"
    con.execute("delete from marts.lines where id = 'i7'")
    assert publish_marts(con, tmp_path).changed == ["lines"]
    same = [tmp_path / ".marts" / n / "invoices.parquet" for n in "12"]
    assert same[0].stat().st_ino == same[1].stat().st_ino


def test_marts_of_a_build_that_did_not_pass_are_not_published(con, tmp_path):
    """Whoever starts the step (S-48): a failing test stops a publication, too."""
    fill(con, 1)
    publish_marts(con, tmp_path)
    fill(con, 2)
    forget_passed_build(con)
    with pytest.raises(PublishError, match=r"Nothing was published: .* meterhouse run$"):
        publish_marts(con, tmp_path)
    assert [path.name for path in (tmp_path / ".marts").iterdir()] == ["1"]


def test_a_mart_that_is_gone_is_not_published_any_more(con, tmp_path):
    fill(con, 1)
    publish_marts(con, tmp_path)
    con.execute("drop table marts.lines")
    con.execute("create table marts.invoices__dbt_tmp as from marts.invoices")
    assert publish_marts(con, tmp_path).rows == {"invoices": 1000}
    assert list(digests(tmp_path / "marts")) == ["invoices.parquet"]


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_something_else_in_its_place_is_left_alone(con, tmp_path, kind):
    fill(con, 1)
    marts = tmp_path / "marts"
    if kind == "folder":
        marts.mkdir()
        (marts / "mine.txt").write_text("mine")
    elif kind == "file":
        marts.write_text("mine")
    else:
        marts.symlink_to(tmp_path)
    with pytest.raises(PublishError, match="Move it elsewhere"):
        publish_marts(con, tmp_path)
    assert marts.exists()
    assert not (tmp_path / ".marts").exists()


def test_a_crash_before_the_swap_leaves_the_old_marts_and_the_next_run_recovers(
    con, tmp_path, monkeypatch
):
    fill(con, 1)
    publish_marts(con, tmp_path)
    for step in ("mkdir", "rename", "symlink_to", "replace"):
        fill(con, 2)

        def crash(*args, **kwargs):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Path, step, crash)
            with pytest.raises(KeyboardInterrupt):
                publish_marts(con, tmp_path)
        marts = tmp_path / "marts" / "*.parquet"
        found = con.execute(f"select distinct generation from '{marts}'").fetchall()
        assert found == [(1,)], step
    publish_marts(con, tmp_path)
    assert con.execute(f"select distinct generation from '{marts}'").fetchall() == [(2,)]
    left = {path.name for path in (tmp_path / ".marts").iterdir()}
    assert all(name.isdecimal() for name in left)


def test_a_full_disk_is_said_and_nothing_is_half_published(con, tmp_path):
    fill(con, 1, rows=10)
    publish_marts(con, tmp_path)
    before = digests(tmp_path / "marts")
    fill(con, 2, rows=50_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(PublishError, match="untouched"):
            publish_marts(con, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert digests(tmp_path / "marts") == before
    assert [path.name for path in (tmp_path / ".marts").iterdir()] == ["1"]
    assert publish_marts(con, tmp_path).rows["lines"] == 50_000


def test_a_reader_in_a_loop_never_meets_an_error_or_two_runs(con, tmp_path):
    fill(con, 0)
    publish_marts(con, tmp_path)
    ended, reads, problems = threading.Event(), [], []

    def read() -> None:
        with duckdb.connect() as reader:
            while not ended.is_set():
                folder = (tmp_path / "marts").resolve()
                try:
                    seen = reader.execute(
                        f"select count(*), count(distinct generation) from '{folder}/*.parquet'"
                    ).fetchall()[0]
                    reader.execute(f"from '{tmp_path}/marts/lines.parquet'").fetchall()
                except duckdb.Error as error:
                    problems.append(str(error))
                else:
                    reads.append(seen)

    thread = threading.Thread(target=read)
    thread.start()
    for generation in range(1, 21):
        fill(con, generation)
        publish_marts(con, tmp_path)
    ended.set()
    thread.join()
    assert problems == []
    assert len(reads) >= 5
    assert set(reads) == {(2000, 1)}
