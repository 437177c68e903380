"""Jobs: verbs."""

import dagster as dg

from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.events.checks import events_are_fresh
from dagster_pipeline.defs.marts.checks import marts_are_fresh

FRESHNESS = dg.AssetSelection.checks(events_are_fresh, marts_are_fresh)

run = dg.define_asset_job(
    "run",
    selection=dg.AssetSelection.all() - FRESHNESS,
    description="Everything that is due, once, from the drop folder to the published marts: "
    "the same as `meterhouse run`.",
)

land = dg.define_asset_job(
    "land",
    selection=dg.AssetSelection.assets(raw_events).without_checks(),
    description="Land what lies in the drop folder, nothing else.",
)

check_freshness = dg.define_asset_job(
    "check_freshness",
    selection=FRESHNESS,
    description="Do events still arrive, and are the marts of the last hours?",
)
