"""Do events still arrive?"""

from datetime import timedelta

import dagster as dg

from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from raw_events.log.event_log import EventLog

EVENTS_WITHIN = timedelta(hours=24)


@dg.asset_check(asset=raw_events)
def events_are_fresh(clock: Clock, data_directory: DataDirectory) -> dg.AssetCheckResult:
    """The latest batch landed at most a day ago."""
    latest = EventLog(data_directory.path).latest_as_of()
    return dg.AssetCheckResult(
        passed=latest is not None and clock.moment() - latest <= EVENTS_WITHIN,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"latest batch": instant_text(latest) if latest else "none yet"},
    )
