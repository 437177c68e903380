"""Guards against a value of a real PostgreSQL that lands as another (S-10, S-63).

Skipped where PostgreSQL is not installed.
"""

import json

import pytest

from raw_events.collectors.collect import skip
from raw_events.collectors.errors import CollectorFault, SourceError
from raw_events.quarantine.actions import list_rejected, replay
from tests.integration.collectors.collecting import insert, now, opened, run
from tests.unit.raw_events.event_cases import landed


def test_values_come_exactly(tmp_path, db, collector):
    insert(db, 1)
    folder = collector(
        columns="job_id, 7 as customer_id, finished_at as timestamp, "
        "1.500::numeric(8, 3) as short, 12345678901234567890.10::numeric as long, "
        "0.00000123::numeric as small, 'NaN'::numeric as none, "
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as run, null::uuid as no_run, "
        "true as ok, '2026-01-02'::date as day, 'NaN'::float8 as no_float, "
        "'-Infinity'::float8 as least, "
        """'{"a": [1.10, 12345678901234567890]}'::jsonb as more, '[null]'::json as list, """
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
        "none": "NaN",
        "no_float": "NaN",
        "least": "-Infinity",
        "more": {"a": ["1.10", "12345678901234567890"]},
        "list": [None],
        "run": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "ok": True,
        "day": "2026-01-02",
    }
    assert '"long":"12345678901234567890.1"' in row["properties"]


@pytest.mark.parametrize(
    "value, kept_as",
    [
        ("'infinity'::timestamptz", "infinity"),
        ("'-infinity'::timestamp", "-infinity"),
        ("'294276-12-31'::timestamptz", "(9224317929600000000 us since 1970-01-01)"),
        ("'10000-01-01'::timestamptz", "(253402300800000000 us since 1970-01-01)"),
        (
            "'0001-01-01'::timestamp - interval '1 microsecond'",
            "(-62135596800000001 us since 1970-01-01)",
        ),
        ("'infinity'::date", "infinity"),
        ("'-infinity'::date", "-infinity"),
        ("'4713-01-01 BC'::date", "(-2440550 days since 1970-01-01)"),
        ("array['infinity'::timestamptz]", "infinity"),
    ],
)
def test_a_date_that_no_text_has_rejects_its_row(tmp_path, db, collector, value, kept_as):
    """A driver gives infinity as a number of microseconds, which read as a date is another one."""
    insert(db, 1, 2)
    columns = f"job_id, customer_id, finished_at as timestamp, case job_id when 1 then {value} end"
    done = run(tmp_path, collector(columns=f"{columns} as until"))
    assert (done.accepted, done.rejected_by_reason) == (1, {"not_json": 1})
    (kept,) = list_rejected(tmp_path)
    assert "column until has a date beyond the years 1 to 9999, or infinity" in kept.reason
    # Replayed as it is, it is rejected again.
    assert f'"until":{kept_as}'.encode() in kept.raw
    assert replay(tmp_path, now()).still_rejected == 1


def test_instants_that_are_none_are_no_old_ones(tmp_path, db, collector):
    insert(db, 1, 2, 3, 4)
    at = "(array['infinity', '-infinity', '294276-12-31', '4713-01-01 BC']::timestamptz[])[job_id]"
    done = run(tmp_path, collector(columns=f"job_id, customer_id, {at} as timestamp"))
    assert done.rejected_by_reason == {"bad_timestamp": 4}
    texts = [
        it.reason.partition("(S-5): ")[2].partition(", which")[0] for it in list_rejected(tmp_path)
    ]
    assert texts == [
        "infinity",
        "-infinity",
        "9224317929600000000 us since 1970-01-01",
        "-4712-01-01T00:00:00.000000Z",
    ]
    assert replay(tmp_path, now()).rejected_by_reason == {"bad_timestamp": 4}


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


def test_an_error_in_the_middle_names_its_window_which_can_be_left_out(tmp_path, db, collector):
    insert(db, 1, 2, 3)
    columns = "job_id, customer_id, finished_at as timestamp, 1 / (job_id - 2) as n"
    folder = collector(columns=columns)
    with pytest.raises(SourceError, match=r"division by zero, in the window \[2026-01-01"):
        run(tmp_path, folder)
    found, _ = skip(tmp_path, opened(folder), "a zero", "ann", now())
    assert "division by zero" in found.what and run(tmp_path, folder).accepted == 0
