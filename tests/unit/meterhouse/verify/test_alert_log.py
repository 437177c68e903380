"""`meterhouse verify` sees a log of alerts that is not what was told (S-47, S-76)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meterhouse.common.model_sql import macro_sql
from meterhouse.common.progress import Reporter, reporting_to
from meterhouse.verify.alerts import verify_alerts
from meterhouse.verify.verification import verify
from meterhouse.warehouse.alert_log import ALERTS, COLUMNS, TABLE, alert_log, sync_alerts
from tests.unit.meterhouse.delivery.world import publish

SEEN = datetime(2026, 2, 10, 6, tzinfo=UTC)


def told(alert: str = "month-1000", **cells: object) -> dict:
    """A row as a run tells it, with the id that the model gives it."""
    row = {
        "alert_id": alert, "change": "triggered", "occurrence": 1, "occurred_at": SEEN,
        "customer_id": "acme", "contract_id": "acme-1", "kind": "spend", "metric": None,
        "pricing_group": "{}", "pricing_unit": "USD", "period_start": date(2026, 2, 1),
        "period_end": date(2026, 3, 1), "threshold": Decimal(1000), "clear_at": None,
        "value": Decimal("1204.5"), "hard_cap": False, **cells,
    }  # fmt: skip
    with duckdb.connect() as con:
        con.execute(f"create table told ({COLUMNS})")
        con.execute(
            f"insert into told by name select {', '.join(f'${name} as {name}' for name in row)}",
            row,
        )
        [(row["alert_event_id"],)] = con.execute(
            f"select {macro_sql('alert_event_id()')} from told"
        ).fetchall()
    return row


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Two runs told an alert each, and what they told is published."""
    rows = [told(), told("low", kind="balance", period_start=None, period_end=None)]
    for row in rows:
        alert_log(tmp_path).append([row])
    publish(tmp_path, {}, {})
    # With all columns, not those alone that are read over HTTP.
    mart = pa.Table.from_pylist(rows, ALERTS)
    pq.write_table(mart, tmp_path / "marts" / "alert_events.parquet")
    return tmp_path


def problems(home: Path) -> list[str]:
    found = verify_alerts(home)
    return found.problems if found else []


def test_what_nobody_touched_is_sound_and_counted(home):
    found = verify_alerts(home)
    assert found is not None
    assert (found.counts, found.problems) == ({"entries": 2}, [])
    assert [stage.name for stage in verify(home, sample=0) if stage.name == "alerts"] == ["alerts"]


def test_where_no_alert_was_ever_told_there_is_nothing_to_say(tmp_path):
    assert verify_alerts(tmp_path) is None


def test_a_flipped_bit_is_found_and_the_file_named_with_the_next_step(home):
    table = alert_log(home)
    for entry in table.entries(0, 2):
        path = table.root / entry.path
        whole = path.read_bytes()
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        found = problems(home)
        assert any(path.name in each and "backup" in each for each in found)
        assert any(path.name in each for st in verify(home, sample=0) for each in st.problems)
        path.write_bytes(whole)
    assert problems(home) == []


def test_an_entry_that_was_edited_is_found(home):
    entry = alert_log(home).folder / f"{2:020d}.json"
    entry.write_text(entry.read_text().replace('"rows":1', '"rows":7'))
    assert any(entry.name in each for each in problems(home))


def test_a_row_that_was_rewritten_with_a_digest_of_its_own_is_found_by_its_id(home):
    """Whoever forges an entry through Delta gives the file its right name."""
    alert_log(home).append([told() | {"contract_id": "globex-1"}])
    [problem] = problems(home)
    assert "contract globex-1" in problem
    assert "its id is not that of what it says" in problem


def test_a_row_that_says_another_value_than_was_published_is_found(home):
    """The value is not part of the id."""
    root = alert_log(home).root
    for path in [*root.rglob("*")][::-1]:
        path.unlink() if path.is_file() else path.rmdir()
    alert_log(home).append([told(value=Decimal(1))])
    found = problems(home)
    assert len(found) == 2
    assert any("is not what was published of it" in each for each in found)
    assert any("is gone, and was published" in each for each in found)


def test_a_file_that_does_not_belong_there_is_found(home):
    stranger = alert_log(home).root / "more.parquet"
    pq.write_table(ALERTS.empty_table(), stranger)
    assert any(str(stranger) in each for each in problems(home))


def test_a_log_that_is_gone_is_missed_by_what_is_published(home):
    alert_log(home).root.rename(home / "elsewhere")
    found = problems(home)
    assert len(found) == 2
    assert all(str(alert_log(home).root) in each and "backup" in each for each in found)


def test_a_run_says_that_the_log_is_older_than_the_warehouse(home, capsys):
    with duckdb.connect() as con, reporting_to(Reporter()):
        con.execute("create schema inputs")
        con.execute(f"create table {TABLE} ({COLUMNS})")
        sync_alerts(con, home)
        assert "older" not in "".join(capsys.readouterr())
        (alert_log(home).folder / f"{2:020d}.json").unlink()
        sync_alerts(con, home)
        assert "is older than the warehouse: it ends at version 1" in "".join(capsys.readouterr())
        sync_alerts(con, home)
        assert "older" not in "".join(capsys.readouterr())
