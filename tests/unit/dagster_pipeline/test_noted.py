"""Runs outside Dagster in its history; guards against a publication that its sensors never see."""

from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest

from dagster_pipeline import noted
from dagster_pipeline.definitions import defs
from dagster_pipeline.defs.automation.sensors import published
from dagster_pipeline.defs.marts.assets import PUBLISHED
from dagster_pipeline.instance import run_instance
from dagster_pipeline.noted import noting
from meterhouse.warehouse.clock import machine_clock


def run(generation: int | None, final: int = 0) -> SimpleNamespace:
    published = generation and SimpleNamespace(
        publication=SimpleNamespace(generation=generation), cost={"run": generation}
    )
    inputs = SimpleNamespace(new_events=7)
    return SimpleNamespace(
        as_of=machine_clock(), inputs=inputs, new_final_invoices=final, published=published
    )


def test_what_was_published_is_noted_now_and_then_and_what_is_final_always(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    seconds = iter([0, 1, 2, 3, 70])
    monkeypatch.setattr(noted, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    with noting(tmp_path) as note:
        note(run(1))
        note(run(2))
        note(run(3, final=5))
        note(run(None))
        note(run(4))
    with run_instance(tmp_path) as instance:
        found = instance.fetch_materializations(PUBLISHED, limit=10).records
        assert [one.asset_materialization.metadata["generation"].value for one in found] == [
            4,
            3,
            1,
        ]


def test_a_history_that_refuses_stops_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)

    def refuses(*_: object) -> None:
        raise OSError("database or disk is full")

    with noting(tmp_path) as note:
        monkeypatch.setattr(dg.DagsterInstance, "report_runless_asset_event", refuses)
        note(run(1))
    assert "disk is full" in capsys.readouterr().out


def test_each_publication_of_live_is_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """They belong to no run of Dagster: what tells them apart is when they were."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    keys, cursor = [], None
    repository = defs().get_repository_def()
    with noting(tmp_path) as note, run_instance(tmp_path) as instance:
        for number in (1, 2):
            note(run(number, final=1))
            context = dg.build_sensor_context(
                instance=instance, cursor=cursor, repository_def=repository
            )
            tick = published.evaluate_tick(context)
            keys += [asked.run_key for asked in tick.run_requests or []]
            cursor = tick.cursor
    assert len(set(keys)) == 2
