"""Jobs: verbs."""

import dagster as dg

from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.events.checks import (
    events_are_fresh,
    few_events_are_rejected,
    segments_are_landed,
)
from dagster_pipeline.defs.events.collectors import collector_assets, collector_checks
from dagster_pipeline.defs.marts.checks import events_fit_their_schemas, marts_are_fresh

FRESHNESS = dg.AssetSelection.checks(
    events_are_fresh,
    few_events_are_rejected,
    segments_are_landed,
    marts_are_fresh,
    events_fit_their_schemas,
    *collector_checks(),
)
# A run asks those that are due by itself, in the asset of the log.
COLLECTORS = dg.AssetSelection.assets(*collector_assets())

run = dg.define_asset_job(
    "run",
    selection=dg.AssetSelection.all() - FRESHNESS - COLLECTORS,
    description="Everything that is due, once, from the drop folder to the published marts: "
    "the same as `meterhouse run`.",
)

land = dg.define_asset_job(
    "land",
    selection=dg.AssetSelection.assets(raw_events).without_checks(),
    description="Land what lies in the drop folder, came over HTTP or is due in a source.",
)

check_freshness = dg.define_asset_job(
    "check_freshness",
    selection=FRESHNESS,
    description="Do events still arrive, from every source, few of them rejected, do they fit "
    "their schemas, and are the marts of the last hours?",
)
