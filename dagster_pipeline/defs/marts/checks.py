"""Are the marts of today, and what do they say of the events?"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from dagster_pipeline.defs.marts.assets import PUBLISHED
from dagster_pipeline.defs.resources import Clock, DataDirectory
from dagster_pipeline.defs.warehouse.assets import STANDS
from dagster_pipeline.defs.warehouse.keys import INPUTS
from meterhouse.common.instants import parse_instant
from meterhouse.warehouse.schema_drift import schema_drift

# Runs are hourly; a second one missed is worth a look.
MARTS_WITHIN = timedelta(hours=2)


@dg.asset_check(asset=PUBLISHED)
def marts_are_fresh(context: dg.AssetCheckExecutionContext, clock: Clock) -> dg.AssetCheckResult:
    """The published marts were computed, or found to be still right, at most two hours ago."""
    published = _metadata(context, PUBLISHED)
    looked_at = _metadata(context, INPUTS)
    as_of = str(published["as_of"].value) if published else None
    if as_of and looked_at and looked_at[STANDS].value:
        as_of = max(as_of, str(looked_at["as_of"].value))
    return dg.AssetCheckResult(
        passed=as_of is not None and clock.moment() - parse_instant(as_of) <= MARTS_WITHIN,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"marts as of": as_of or "never published"},
    )


@dg.asset_check(asset=PUBLISHED)
def events_fit_their_schemas(data_directory: DataDirectory) -> dg.AssetCheckResult:
    """Events of the types that have a schema have only what it declares, and none broke it (S-64).

    What it finds has landed and is billed: somebody sends otherwise than was agreed. See the mart
    event_schema_drift; declare it in the next version, or keep it out (docs/event_types.md).
    """
    drift = schema_drift(data_directory.path)
    return dg.AssetCheckResult(
        passed=not (drift.faults or drift.undeclared),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "events that broke a schema": drift.faults,
            "undeclared properties": drift.undeclared,
            "what": dg.MetadataValue.text("\n".join(drift.lines)),
        },
    )


def _metadata(
    context: dg.AssetCheckExecutionContext, key: dg.AssetKey
) -> Mapping[str, dg.MetadataValue[Any]] | None:
    event = context.instance.get_latest_materialization_event(key)
    return event.asset_materialization.metadata if event else None
