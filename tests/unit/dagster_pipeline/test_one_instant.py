"""A run without --as-of has one instant in every step after landing (S-4).

Guards against a step that asks the machine's clock again: drafts of one moment and a ledger of
another, or a run that is taken up after midnight and finalizes what its drafts did not see as due.
"""

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_pipeline.defs import resources
from dagster_pipeline.defs.ledger import assets as ledger
from dagster_pipeline.defs.marts import assets as marts
from dagster_pipeline.defs.resources import Clock, Warehouse
from meterhouse.common.settings import PROJECT
from meterhouse.ledger.finalize import Finalization
from meterhouse.run import finalize, publish
from meterhouse.warehouse.clock import run_instant
from meterhouse.warehouse.publish import Publication

AS_OF = datetime(2026, 2, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A warehouse with the inputs of a run, while the machine's clock has gone on by a day."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("create schema inputs; create table inputs.run (as_of timestamptz)")
        con.execute("insert into inputs.run values (?)", [AS_OF])

    monkeypatch.setattr(resources, "machine_clock", lambda: AS_OF + timedelta(days=1))
    return tmp_path


def test_the_steps_after_the_inputs_compute_for_the_instant_of_the_inputs(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    assert Clock().moment() == AS_OF + timedelta(days=1)
    asked = []
    monkeypatch.setattr(finalize, "check_before_finalization", lambda con, home: [])
    monkeypatch.setattr(finalize, "sync_ledger", lambda con, home: 0)
    monkeypatch.setattr(
        finalize, "finalize", lambda con, home, as_of, held: asked.append(as_of) or Finalization(-1)
    )
    monkeypatch.setattr(
        publish, "record_run", lambda con, *_: asked.append(run_instant(con)) or {"run": 1}
    )
    monkeypatch.setattr(publish, "publish_marts", lambda con, home: Publication(1, {}, []))
    for name in (
        *("note_up_to_date", "note_rated_run"),
        *("forget_measured", "record_publishing", "_trouble"),
    ):
        monkeypatch.setattr(publish, name, lambda *_: None)
    monkeypatch.setattr(publish, "stands_until", lambda con: AS_OF)
    monkeypatch.setattr(publish, "events_without_number", lambda con: [])
    monkeypatch.setattr(publish, "stage_seconds", lambda: {"published": 0.0})
    published = dg.materialize(
        [ledger.final_invoices, marts.published_marts], resources={"warehouse": Warehouse()}
    ).asset_materializations_for_node("marts__published")
    assert asked == [AS_OF, AS_OF]
    assert published[0].metadata["as_of"].text == "2026-02-01T00:00:00Z"


def test_only_landing_the_inputs_and_the_checks_ask_the_clock():
    """Every other step would be a second instant of the same run."""
    asking = {
        path.relative_to(PROJECT).as_posix()
        for folder in ("dagster_pipeline/defs", "meterhouse/run")
        for path in (PROJECT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.arg) and node.arg == "clock"
    }
    assert asking == {
        "dagster_pipeline/defs/delivery/checks.py",
        "dagster_pipeline/defs/events/assets.py",
        "dagster_pipeline/defs/events/checks.py",
        "dagster_pipeline/defs/events/collectors.py",
        "dagster_pipeline/defs/marts/checks.py",
        "dagster_pipeline/defs/warehouse/assets.py",
        "meterhouse/run/land.py",
        "meterhouse/run/live.py",
        "meterhouse/run/once.py",
        "meterhouse/run/prepare.py",
    }
