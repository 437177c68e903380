"""Do events still arrive, can they be taken, and are those that were acknowledged landed?"""

from datetime import timedelta

import dagster as dg

from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from raw_events.common.text import shown_lines
from raw_events.log.event_log import EventLog
from raw_events.quarantine.share import many_rejected
from raw_events.segments.names import OPEN, REFUSED, SEALED, segments

EVENTS_WITHIN = timedelta(hours=24)
# The server's lander lands once a minute.
LANDED_WITHIN = timedelta(minutes=5)


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


@dg.asset_check(asset=raw_events)
def segments_are_landed(clock: Clock, data_directory: DataDirectory) -> dg.AssetCheckResult:
    """What was acknowledged over HTTP is landed within five minutes, none refused (S-62)."""
    waiting = [it for end in (OPEN, SEALED) for it in segments(data_directory.path, end)]
    refused = segments(data_directory.path, REFUSED)
    oldest = min((it.at for it in waiting), default=None)
    return dg.AssetCheckResult(
        passed=not refused and (oldest is None or clock.moment() - oldest <= LANDED_WITHIN),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "segments that wait": len(waiting),
            "oldest": instant_text(oldest) if oldest else "none",
            "refused segments": len(refused),
        },
    )
