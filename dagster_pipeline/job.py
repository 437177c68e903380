"""The Dagster job `run`, in this process."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from dagster._core.instance.ref import InstanceRef

from dagster_pipeline.run_history import keep_engines
from meterhouse.common.instants import instant_text
from meterhouse.common.settings import PROJECT
from meterhouse.dbt.project import parsed_project

PROCESS_TAG = "meterhouse/process"
# Where Dagster warns of checks without a result, of a step that had nothing to do.
PLAN_LOGGER = "dagster._core.execution.plan.active"


def run_job(home: Path, as_of: datetime | None, again: bool = False) -> None:
    """Everything that is due at `as_of` (None: the moment of the run), once.

    With `again` also if nothing is new since the last run.

    The run is recorded where the web interface reads it. Raises what stopped it.
    """
    # First, so that models which do not parse are said in a second, not after Dagster has loaded.
    parsed_project()
    from dagster_pipeline.definitions import defs

    job = defs().resolve_job_def("run")
    config: dict = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if again:
        config["ops"] = {"inputs": {"config": {"again": True}}}
    if as_of is not None:
        config["resources"] = {"clock": {"config": {"as_of": instant_text(as_of)}}}
    keep_engines()
    logging.getLogger(PLAN_LOGGER).setLevel(logging.ERROR)
    with _instance(home) as instance:
        _bury_the_dead(instance)
        job.execute_in_process(config, instance=instance, tags={PROCESS_TAG: str(os.getpid())})


@contextmanager
def _instance(home: Path) -> Iterator[DagsterInstance]:
    """DAGSTER_HOME if it is set, else $METERHOUSE_HOME/dagster with the project's dagster.yaml.

    Dagster's own log lines go to logs/dagster.log.
    """
    own = os.environ.get("DAGSTER_HOME")
    folder = Path(own) if own else home / "dagster"
    logs = home / "logs"
    for needed in (folder, logs):
        needed.mkdir(parents=True, exist_ok=True)
    handler = {
        "class": "logging.handlers.RotatingFileHandler",
        "level": "INFO",
        "filename": str(logs / "dagster.log"),
        "maxBytes": 10_000_000,
        "backupCount": 1,
        "delay": True,
    }
    ref = InstanceRef.from_dir(
        str(folder),
        config_dir=str(folder if own else PROJECT),
        overrides={
            "python_logs": {"dagster_handler_config": {"handlers": {"file": handler}}},
            # What the steps say is on the terminal; keeping it too takes two processes per step.
            "compute_logs": {
                "module": "dagster._core.storage.noop_compute_log_manager",
                "class": "NoOpComputeLogManager",
                "config": {},
            },
        },
    )
    with DagsterInstance.from_ref(ref) as instance:
        yield instance


def _bury_the_dead(instance: DagsterInstance) -> None:
    """Runs of this command whose process was killed are not in progress any more.

    They would keep the pool's only place, and runs started in the web interface would wait for it.
    """
    working = RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])
    for run in instance.get_runs(working):
        process = run.tags.get(PROCESS_TAG)
        if process and not Path(f"/proc/{process}").exists():
            instance.report_run_failed(run, "The process of this run was killed.")
