"""Do events still arrive, and can they be taken?"""

from datetime import timedelta

import dagster as dg

from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from raw_events.common.text import shown_lines
from raw_events.log.event_log import EventLog
from raw_events.quarantine.share import many_rejected

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


@dg.asset_check(asset=raw_events)
def few_events_are_rejected(clock: Clock, data_directory: DataDirectory) -> dg.AssetCheckResult:
    """In no hour of the last day more than a twentieth of a source's events were rejected (S-7)."""
    found = many_rejected(data_directory.path, clock.moment() - EVENTS_WITHIN)
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "hours with many": dg.MetadataValue.text(
                shown_lines("\n".join(each.line() for each in found)) or "none"
            )
        },
    )
