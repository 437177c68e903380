"""Dagster's instance for a run in this process: where its history is, and what it keeps."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from dagster import DagsterInstance
from sqlalchemy import Engine, event

from dagster_pipeline.history import HistoryInSqlite
from meterhouse.common.settings import SHIPPED
from raw_events.common.files import replaced_file

# Beside dagster.yaml in DAGSTER_HOME: those settings and the ones below, written by every run.
SETTINGS = "meterhouse_run.yaml"
# What a DAGSTER_HOME's own settings may say of where history is kept; then it is kept there.
STORAGES = {"storage", "event_log_storage", "run_storage", "schedule_storage"}


@contextmanager
def run_instance(home: Path) -> Iterator[DagsterInstance]:
    """DAGSTER_HOME if it is set, else `home`/dagster with the project's dagster.yaml.

    Its history is the one that the web interface reads. Dagster's own log lines go to
    `home`/logs/dagster.log.
    """
    own = os.environ.get("DAGSTER_HOME")
    folder = Path(own) if own else home / "dagster"
    logs = home / "logs"
    for needed in (folder, logs):
        needed.mkdir(parents=True, exist_ok=True)
    settings = _read((folder if own else SHIPPED) / "dagster.yaml") | _of_this_process(logs)
    if not STORAGES & settings.keys():
        settings |= _history_in_sqlite(folder)
    _write(folder / SETTINGS, yaml.safe_dump(settings))
    if not event.contains(Engine, "connect", _without_waiting_for_the_disk):
        event.listen(Engine, "connect", _without_waiting_for_the_disk)
    with DagsterInstance.from_config(str(folder), SETTINGS) as instance:
        yield instance


def _read(path: Path) -> dict[str, Any]:
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}


def _write(path: Path, text: str) -> None:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    with replaced_file(path) as new:
        new.write_text(text, encoding="utf-8")


def _of_this_process(logs: Path) -> dict[str, Any]:
    handler = {
        "class": "logging.handlers.RotatingFileHandler",
        "level": "INFO",
        "filename": str(logs / "dagster.log"),
        "maxBytes": 10_000_000,
        "backupCount": 1,
        "delay": True,
        "formatter": "plain",
    }
    formatter = {
        "()": "meterhouse.common.people.PlainFormatter",
        "format": "%(message)s",
    }
    return {
        "python_logs": {
            "dagster_handler_config": {
                "handlers": {"file": handler},
                "formatters": {"plain": formatter},
            }
        },
        # What the steps say is on the terminal; keeping it too takes two processes per step.
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
            "config": {},
        },
    }


def _history_in_sqlite(folder: Path) -> dict[str, Any]:
    """The folder that Dagster takes by itself, so that the web interface finds it there."""
    return {
        "event_log_storage": {
            "module": HistoryInSqlite.__module__,
            "class": HistoryInSqlite.__name__,
            "config": {"base_dir": str(folder / "history" / "runs")},
        }
    }


def _without_waiting_for_the_disk(connection: Any, _record: object) -> None:
    """A power cut may cost history, never billing.

    Log, ledger and marts see to their own durability, and nothing else here uses SQLAlchemy.
    """
    if type(connection).__module__.startswith("sqlite3"):
        connection.execute("pragma synchronous = off")
