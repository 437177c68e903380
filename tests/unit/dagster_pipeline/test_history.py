"""Dagster's history of runs: the files that Dagster reads by itself, opened once.

Guards against a run that the web interface does not show, against a storage of one's own that is
not used, and against a connection for each event.
"""

from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterInstance
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Engine, event

from dagster_pipeline.history import HistoryInSqlite
from dagster_pipeline.instance import run_instance

RUN = "6f266926-3a05-4812-b7fe-75a347cecbbd"


@dg.job
def nothing():
    pass


def report(instance: DagsterInstance, *texts: str) -> None:
    run = instance.get_run_by_id(RUN)
    if run is None:
        run = instance.create_run_for_job(nothing, run_id=RUN)
    for text in texts:
        instance.report_engine_event(text, run)


def messages(instance: DagsterInstance) -> list[str]:
    return [log.message for log in instance.all_logs(RUN)]


def test_dagster_reads_it_as_its_own(tmp_path: Path):
    with run_instance(tmp_path) as instance:
        report(instance, "one", "two", "three")
        assert isinstance(instance.event_log_storage, HistoryInSqlite)
    (tmp_path / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        assert messages(instance) == ["one", "two", "three"]


def test_a_file_is_opened_once_for_all_events(tmp_path: Path):
    opened = []

    def note(*_):
        opened.append(1)

    with run_instance(tmp_path) as instance:
        report(instance, "first")
        event.listen(Engine, "connect", note)
        try:
            report(instance, *map(str, range(20)))
            assert len(messages(instance)) == 21
        finally:
            event.remove(Engine, "connect", note)
    # Of the runs' file, which is asked for the run, Dagster opens its own.
    assert len(opened) < 5


def test_a_storage_of_ones_own_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = tmp_path / "own"
    own.mkdir()
    (own / "dagster.yaml").write_text(
        f"storage: {{sqlite: {{base_dir: {own / 'elsewhere'}}}}}\n", "utf-8"
    )
    monkeypatch.setenv("DAGSTER_HOME", str(own))
    with run_instance(tmp_path) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        report(instance, "one")
    assert list((own / "elsewhere").rglob(f"{RUN}.db"))
