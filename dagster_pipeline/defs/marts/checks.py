"""Are the marts of today?"""

from datetime import timedelta

import dagster as dg

from dagster_pipeline.defs.marts.assets import PUBLISHED
from dagster_pipeline.defs.resources import Clock
from dagster_pipeline.instants import parse_instant

# Runs are hourly; a second one missed is worth a look.
MARTS_WITHIN = timedelta(hours=2)


@dg.asset_check(asset=PUBLISHED)
def marts_are_fresh(context: dg.AssetCheckExecutionContext, clock: Clock) -> dg.AssetCheckResult:
    """The published marts were computed for a moment at most two hours ago."""
    event = context.instance.get_latest_materialization_event(PUBLISHED)
    as_of = event.asset_materialization.metadata["as_of"].text if event else None
    return dg.AssetCheckResult(
        passed=as_of is not None and clock.instant - parse_instant(as_of) <= MARTS_WITHIN,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"marts as of": as_of or "never published"},
    )
