"""Guards against a value of a real PostgreSQL that lands as another (S-10, S-63).

Skipped where PostgreSQL is not installed.
"""

import json

import pytest

from raw_events.collectors.errors import CollectorFault
from raw_events.quarantine.actions import list_rejected
from tests.integration.collectors.collecting import insert, run
from tests.unit.raw_events.event_cases import landed


def test_values_come_exactly(tmp_path, db, collector):
    insert(db, 1)
    folder = collector(
        columns="job_id, 7 as customer_id, finished_at as timestamp, "
        "1.500::numeric(8, 3) as short, 12345678901234567890.10::numeric as long, "
        "0.00000123::numeric as small, 'NaN'::numeric as none, "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as run, null::uuid as no_run, "
        "true as ok, '2026-01-02'::date as day, "
        """'{"n": 1.10, "job_id_": 3}'::jsonb as properties"""
    )
    assert run(tmp_path, folder).accepted == 1
    (row,) = landed(tmp_path)
    assert (row["customer_id"], row["event_type"], row["source"]) == ("7", "job_run", "jobs")
    assert json.loads(row["properties"], parse_float=str, parse_int=str) == {
        "n": "1.10",
        "job_id_": "3",
        "job_id": "1",
        "short": "1.5",
        "long": "12345678901234567890.1",
        "small": "0.00000123",
        "none": "nan",
        "run": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "ok": True,
        "day": "2026-01-02",
    }
    assert '"long":"12345678901234567890.1"' in row["properties"]


@pytest.mark.parametrize(
    "column, said",
    [
        ("finished_at::timestamp as timestamp", "at time zone 'UTC'"),
        ("finished_at as timestamp, interval '1 day' as x", "cast it in the SELECT"),
        ("finished_at as timestamp, 'x' as transaction_id", "made of the key"),
        ("finished_at as at", "no column timestamp"),
    ],
)
def test_columns_that_are_no_event_are_refused(tmp_path, db, collector, column, said):
    insert(db, 1)
    with pytest.raises(CollectorFault, match=said):
        run(tmp_path, collector(columns=f"job_id, customer_id, {column}"))


def test_what_cannot_be_taken_is_kept_with_its_window(tmp_path, db, collector):
    insert(db, 1)
    db.execute("insert into jobs (job_id) values (2)")
    done = run(tmp_path, collector())
    assert (done.accepted, done.rejected_by_reason) == (1, {"missing_field": 1})
    (kept,) = list_rejected(tmp_path)
    assert "It is a row of the window [2026-01-01" in kept.reason and b'"job_id":2' in kept.raw
