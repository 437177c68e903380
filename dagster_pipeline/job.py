"""The Dagster job `run`, in this process."""

import logging
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from dagster import DagsterInstance, DagsterRunStatus, JobDefinition, RunsFilter

from dagster_pipeline.instance import run_instance
from meterhouse.common.errors import user_error
from meterhouse.common.failures import FailedRun, note_failure
from meterhouse.common.instants import instant_text
from meterhouse.common.settings import collectors
from meterhouse.dbt.project import parsed_project
from meterhouse.warehouse.clock import machine_clock
from meterhouse.warehouse.errors import SourcesStopped
from raw_events.collectors.overview import stopped_sources
from raw_events.common.text import shown_lines

PROCESS_TAG = "meterhouse/process"
# Where Dagster warns of checks without a result, of a step that had nothing to do.
PLAN_LOGGER = "dagster._core.execution.plan.active"


def run_job(
    home: Path,
    as_of: datetime | None,
    *,
    now: bool = False,
    ahead: bool = False,
    again: bool = False,
    confirm_periods: Sequence[str] = (),
) -> None:
    """Everything that is due at `as_of` (None: the moment of the run), once.

    `now` and `ahead` insist as in `choose_as_of`.

    With `again` also if nothing is new since the last run. `confirm_periods` are contracts that may
    make more than 1,200 billing periods at once.

    The run is recorded where the web interface reads it. Raises what stopped it, and, when all is
    done, SourcesStopped if a source was.
    """
    # First, so that models which do not parse are said in a second, not after Dagster has loaded.
    parsed_project()
    from dagster_pipeline.definitions import defs

    job = defs().resolve_job_def("run")
    config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    if again or confirm_periods:
        asked = {"again": again, "confirm_periods": list(confirm_periods)}
        config["ops"] = {"inputs": {"config": asked}}
    clock: dict[str, Any] = {"now": now, "ahead": ahead}
    if as_of is not None:
        clock["as_of"] = instant_text(as_of)
    config["resources"] = {"clock": {"config": clock}}
    logging.getLogger(PLAN_LOGGER).setLevel(logging.ERROR)
    with run_instance(home) as instance:
        _bury_the_dead(instance)
        _execute(job, home, config, instance)
    raise_stopped(home)


def _execute(
    job: JobDefinition, home: Path, config: dict[str, Any], instance: DagsterInstance
) -> None:
    run_id, tags = str(uuid4()), {PROCESS_TAG: str(os.getpid())}
    try:
        job.execute_in_process(config, instance=instance, run_id=run_id, tags=tags)
    except Exception as error:
        words = user_error(error)
        why = str(words) if words else f"{type(error).__name__}: {error}"
        note_failure(home, FailedRun(run_id, "run", machine_clock(), why))
        raise


def raise_stopped(home: Path) -> None:
    """At the end of a run: SourcesStopped if a source gave nothing because of an error (S-65)."""
    stopped = stopped_sources(home, collectors())
    if stopped:
        raise SourcesStopped(
            "These sources are stopped; what the others gave is billed and published. Each run "
            "tries them again; meterhouse source list has more (docs/collectors.md).\n"
            + "\n".join(f"- {name}: {shown_lines(error)}" for name, error in stopped.items())
        )


def _bury_the_dead(instance: DagsterInstance) -> None:
    """Runs of this command whose process was killed are not in progress any more.

    They would keep the pool's only place, and runs started in the web interface would wait for it.
    """
    working = RunsFilter(statuses=[DagsterRunStatus.STARTED, DagsterRunStatus.STARTING])
    for run in instance.get_runs(working):
        process = run.tags.get(PROCESS_TAG)
        if process and not Path(f"/proc/{process}").exists():
            instance.report_run_failed(run, "The process of this run was killed.")
