"""Guards against a skip that leaves out other rows than those that could not be read (S-63, S-66).

The database is a DuckDB file: what is special about PostgreSQL is in tests/integration/collectors.
"""

from datetime import timedelta

import duckdb
import pytest

from raw_events.collectors.collect import Collected, collect, skip
from raw_events.collectors.due import collect_due
from raw_events.collectors.errors import NothingToSkip, SourceError
from raw_events.collectors.folder import open_source
from raw_events.collectors.state import StateFile
from tests.unit.raw_events.collectors.sql_shop import MIDNIGHT, SELECT, collector, run
from tests.unit.raw_events.event_cases import AS_OF


def test_what_is_left_out_is_what_was_refused(shop, tmp_path):
    """A skip that took the window up to now would leave good rows out that nobody has read."""
    folder = collector(tmp_path / "c", max_window="12h")
    with duckdb.connect(shop) as con:
        con.execute("insert into orders select * from orders where order_id = 90")
    with pytest.raises(SourceError, match="no window was refused"):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)
    early = MIDNIGHT + timedelta(hours=2)
    with pytest.raises(SourceError, match=r"comes twice in the window \[2026-01-31T00:00"):
        run(tmp_path, folder, early)
    found, entry = skip(tmp_path, open_source(folder, "orders"), "twice", "ann", AS_OF)
    assert found.to == "2026-01-31T01:50:00.000000Z"
    assert "2026-01-31T01:50:00.000000Z)" in entry.position["skipped"]["what"]
    assert run(tmp_path, folder).accepted == 710 - 110
    with pytest.raises(NothingToSkip):
        skip(tmp_path, open_source(folder, "orders"), "again", "ann", AS_OF)


def test_a_window_that_was_mended_is_not_left_out(shop, tmp_path):
    folder = collector(tmp_path / "c")
    with duckdb.connect(shop) as con:
        con.execute("insert into orders select * from orders where order_id = 90")
    with pytest.raises(SourceError, match="comes twice"):
        run(tmp_path, folder)
    with duckdb.connect(shop) as con:
        con.execute("update orders set order_id = 9000 where rowid = 720")
    with pytest.raises(NothingToSkip, match="any more"):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)
    assert run(tmp_path, folder).accepted == 711


BROKEN = SELECT.replace("amount", "case order_id when 90 then 'x'::int else amount end as amount")


def test_an_error_of_the_query_names_its_window_and_that_can_be_left_out(shop, tmp_path):
    """S-63, S-66: the windows before it stay landed, and are said."""
    folder, done = collector(tmp_path / "c", BROKEN, max_window="1h"), Collected("orders")
    with pytest.raises(SourceError, match=r"in the window \[2026-01-31T01:00.*source skip orders"):
        collect(tmp_path, open_source(folder, "orders"), lambda: AS_OF, done=done)
    assert done.counts() == "accepted 60, rejected 0 in 1 batch"
    state = StateFile(tmp_path, "orders").read()
    assert (state.last_success, state.last_landed) == (None, AS_OF.isoformat())
    (stopped,) = collect_due(tmp_path, folder, lambda: AS_OF)
    assert stopped.batches == 0 and "is stopped" in stopped.line()
    found, entry = skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)
    assert found.to == "2026-01-31T02:00:00.000000Z"
    assert "could not" in entry.position["skipped"]["what"].lower()
    assert run(tmp_path, folder).accepted == 710 - 120


def test_a_query_that_no_window_makes_right_is_not_left_out(shop, tmp_path):
    folder = collector(tmp_path / "c", SELECT.replace("amount", "no_such_column"))
    with pytest.raises(SourceError, match=r"in the window \[2026-01-31T00:00") as stopped:
        run(tmp_path, folder)
    assert "source skip" not in str(stopped.value)
    with pytest.raises(NothingToSkip):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)


def test_a_window_that_the_database_gives_again_is_not_left_out(shop, tmp_path):
    folder = collector(tmp_path / "c", BROKEN)
    with pytest.raises(SourceError, match="in the window"):
        run(tmp_path, folder)
    collector(tmp_path / "c")
    with pytest.raises(NothingToSkip, match="any more"):
        skip(tmp_path, open_source(folder, "orders"), "x", "ann", AS_OF)
