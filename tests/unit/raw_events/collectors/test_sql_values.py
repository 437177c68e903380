"""Guards against values of databases that no event can have, and that end the reading (S-5, S-7).

The database is a DuckDB file: what is special about PostgreSQL is in tests/integration/collectors.
"""

import json

import duckdb

from raw_events.collectors.dry_run import dry_run
from raw_events.collectors.folder import open_source
from raw_events.quarantine.actions import Selection, export, list_rejected, replay
from tests.unit.raw_events.collectors.sql_shop import SELECT, collector, run
from tests.unit.raw_events.event_cases import AS_OF, landed


def test_infinite_dates_of_other_databases_reject_their_rows(shop, tmp_path):
    with duckdb.connect(shop) as con:
        con.execute("alter table orders add column until timestamptz")
        con.execute("alter table orders add column day date")
        con.execute("update orders set until = 'infinity' where order_id = 1")
        con.execute("update orders set until = '9999-12-31 23:59:59+00' where order_id = 2")
        con.execute("update orders set day = '-infinity' where order_id = 3")
    done = run(tmp_path, collector(tmp_path / "c", SELECT.replace("amount", "until, day")))
    assert (done.accepted, done.rejected_by_reason) == (708, {"not_json": 2})


def test_infinity_is_no_instant(shop, tmp_path):
    """Neither one that is too old, nor one that ends the reading (S-5)."""
    at = (
        "case order_id when 1 then 'infinity'::timestamptz when 2 then '-infinity'::timestamptz "
        "when 3 then '20000-01-01'::timestamptz else placed_at end as timestamp"
    )
    folder = collector(tmp_path / "c", SELECT.replace("placed_at as timestamp", at))
    outcomes = [it.outcome for it in dry_run(tmp_path, open_source(folder, "orders"), AS_OF)]
    assert outcomes.count("bad_timestamp") == 3
    assert run(tmp_path, folder).rejected_by_reason == {"bad_timestamp": 3}
    kept = list_rejected(tmp_path)
    assert ["(S-5): infinity, which" in it.reason for it in kept] == [True, False, False]
    assert [json.loads(it.raw)["timestamp"] for it in kept[:2]] == ["infinity", "-infinity"]
    assert replay(tmp_path, AS_OF).rejected_by_reason == {"bad_timestamp": 3}


def test_rows_are_exported_as_events_that_can_be_corrected(shop, tmp_path):
    """S-7: what lands after the correction is what would have landed."""
    with duckdb.connect(shop) as con:
        con.execute("alter table orders add column until date")
        con.execute("update orders set until = 'infinity' where order_id = 9")
        con.execute("update orders set until = '-infinity', customer_id = null where order_id = 10")
    run(tmp_path, collector(tmp_path / "c", SELECT.replace("amount", "amount, until")))
    file = tmp_path / "x.ndjson"
    assert export(tmp_path, file, Selection(source="orders")) == 2
    said = file.read_text()
    first, second = said.splitlines()
    assert first.endswith('"properties":{"order_id":9,"amount":1.125,"until":infinity}}')
    assert second.endswith('"properties":{"order_id":10,"amount":1.25,"until":-infinity}}')
    file.write_text(said.replace("-infinity", '"x"').replace("infinity", '"2027-01-01"'))
    report = replay(tmp_path, AS_OF, corrected=file)
    assert (report.landed, report.rejected_by_reason) == (1, {"missing_field": 1})
    (row,) = [it for it in landed(tmp_path) if '"2027-01-01"' in it["properties"]]
    assert row["properties"] == '{"order_id":9,"amount":1.125,"until":"2027-01-01"}'
