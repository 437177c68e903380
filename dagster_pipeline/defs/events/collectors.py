"""Collectors: one asset, check, job and schedule for each file in the folder of collectors.

A run asks the sources that are due by itself; these ask one at its own cadence, between runs, and
show where it stands.
"""

from datetime import timedelta
from functools import cache

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from meterhouse.common.settings import collectors
from meterhouse.warehouse.evidence import check_before_landing
from raw_events.collectors.collect import Collected, collect
from raw_events.collectors.errors import BeingCollected
from raw_events.collectors.folder import collector_files, is_name, open_source
from raw_events.collectors.overview import overview
from raw_events.common.errors import LandingError
from raw_events.common.text import shown, shown_lines

GROUP = "collectors"
# Where a file does not say it, because it cannot be read.
USUAL_CADENCE = timedelta(hours=1)


def collector_asset(name: str) -> dg.AssetsDefinition:
    """The asset of one collector: what its source gave, as a batch of the log each."""

    @dg.asset(
        key=[GROUP, name],
        group_name=GROUP,
        kinds={"python", "delta"},
        description=f"What the source of collector {name} gave, landed in the event log; "
        "its position stands in the log (S-61).",
        # Of the errors of a connection; others are worded, and not tried again (S-65).
        retry_policy=dg.RetryPolicy(max_retries=3, delay=5, backoff=dg.Backoff.EXPONENTIAL),
    )
    def collected(clock: Clock, data_directory: DataDirectory) -> dg.MaterializeResult[None]:
        home = data_directory.path
        with words_not_traces():
            check_before_landing(home)
            clock.checked(home)
            done, notes = Collected(name), {}
            try:
                collect(home, open_source(collectors(), name), clock.moment, done=done)
            except BeingCollected:
                notes["note"] = "another process reads it just now; there is nothing to do"
        if done.aside:
            notes["set aside"] = shown_lines("\n".join(done.aside))
        return dg.MaterializeResult(
            metadata={
                "as_of": instant_text(clock.moment()),
                "batches": done.batches,
                "accepted": done.accepted,
                "rejected": done.rejected,
                **notes,
            }
        )

    return collected


def collector_check(name: str) -> dg.AssetChecksDefinition:
    """The check of one collector: is its source read, and not too far behind?"""

    @dg.asset_check(
        asset=dg.AssetKey([GROUP, name]),
        name=f"{name}_is_read_in_time",
        description=f"The source of {name} is not stopped, and no further behind than its "
        "`alert_after`.",
    )
    def in_time(clock: Clock, data_directory: DataDirectory) -> dg.AssetCheckResult:
        every = overview(data_directory.path, collectors(), clock.moment())
        (found,) = [each for each in every if each.name == name]
        error = found.fault or found.state.last_error
        notes = [shown(note) for note in (found.state.note, found.hint) if note]
        return dg.AssetCheckResult(
            passed=found.status == "ok",
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "status": found.status,
                "position": shown(found.position or "nothing landed yet"),
                "last success": found.state.last_success or "never",
                **{f"lag in {unit}": count for unit, count in (found.state.lag or {}).items()},
                **({"note": "\n".join(notes)} if notes else {}),
                **({"last error": dg.MetadataValue.text(shown_lines(error))} if error else {}),
            },
        )

    return in_time


def cron_of(cadence: timedelta) -> str:
    """The nearest schedule that is not rarer: every n minutes or hours, at least once a day."""
    minutes = max(1, int(cadence.total_seconds()) // 60)
    if minutes < 60:
        return f"*/{max(n for n in range(1, 60) if 60 % n == 0 and n <= minutes)} * * * *"
    hours = min(24, minutes // 60)
    if hours == 24:
        return "0 0 * * *"
    return f"0 */{max(n for n in range(1, 24) if 24 % n == 0 and n <= hours)} * * *"


@cache
def collector_names() -> tuple[str, ...]:
    """The collectors that there were when Dagster was loaded."""
    return tuple(name for name in collector_files(collectors()) if is_name(name))


@cache
def collector_assets() -> tuple[dg.AssetsDefinition, ...]:
    """One for each collector."""
    return tuple(map(collector_asset, collector_names()))


@cache
def collector_checks() -> tuple[dg.AssetChecksDefinition, ...]:
    """One for each collector."""
    return tuple(map(collector_check, collector_names()))


@dg.definitions
def collector_definitions() -> dg.Definitions:
    """Assets, checks, jobs and schedules, made from the files."""
    jobs, schedules = [], []
    for name, asset in zip(collector_names(), collector_assets(), strict=True):
        try:
            cadence = open_source(collectors(), name).cadence
        except LandingError:
            # The asset says what is wrong with the file.
            cadence = USUAL_CADENCE
        job = dg.define_asset_job(
            f"collect_{name}",
            selection=dg.AssetSelection.assets(asset).without_checks(),
            description=f"Ask the source of {name} for what is new: `meterhouse collect {name}`.",
        )
        jobs.append(job)
        schedules.append(
            dg.ScheduleDefinition(
                name=f"collect_{name}_in_time",
                job=job,
                cron_schedule=cron_of(cadence),
                execution_timezone="UTC",
                description=f"By the cadence of {name}.",
            )
        )
    return dg.Definitions(
        assets=list(collector_assets()),
        asset_checks=list(collector_checks()),
        jobs=jobs,
        schedules=schedules,
    )
