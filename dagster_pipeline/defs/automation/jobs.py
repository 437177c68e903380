"""Jobs: verbs."""

import dagster as dg

from dagster_pipeline.defs.delivery.assets import delivered_messages, provider_listings
from dagster_pipeline.defs.delivery.checks import (
    messages_are_delivered_in_time,
    no_messages_are_dead,
    providers_have_what_we_have,
)
from dagster_pipeline.defs.delivery.documents import documents_are_rendered, rendered_documents
from dagster_pipeline.defs.events.assets import raw_events
from dagster_pipeline.defs.events.checks import (
    events_are_fresh,
    few_events_are_rejected,
    segments_are_landed,
)
from dagster_pipeline.defs.events.collectors import collector_assets, collector_checks
from dagster_pipeline.defs.forecast.assets import expected_amounts
from dagster_pipeline.defs.marts.checks import events_fit_their_schemas, marts_are_fresh
from dagster_pipeline.defs.warehouse.checks import tests_of_models

FRESHNESS = dg.AssetSelection.checks(
    events_are_fresh,
    few_events_are_rejected,
    segments_are_landed,
    marts_are_fresh,
    events_fit_their_schemas,
    no_messages_are_dead,
    messages_are_delivered_in_time,
    providers_have_what_we_have,
    documents_are_rendered,
    *collector_checks(),
)
# A run asks those that are due by itself, in the asset of the log.
COLLECTORS = dg.AssetSelection.assets(*collector_assets())
# A job of its own: what is out there neither fails nor slows a run (S-70).
DELIVERY = dg.AssetSelection.assets(delivered_messages, provider_listings).without_checks()
# So is this: pages take their time, and nobody waits for them (S-78).
DOCUMENTS = dg.AssetSelection.assets(rendered_documents).without_checks()
# And this: the models three times over, of which nothing is billed (S-85).
FORECASTS = dg.AssetSelection.assets(expected_amounts).without_checks()
# The build logs what they found, without a step of their own.
TESTS = dg.AssetSelection.checks(tests_of_models)

run = dg.define_asset_job(
    "run",
    selection=dg.AssetSelection.all()
    - FRESHNESS
    - COLLECTORS
    - DELIVERY
    - DOCUMENTS
    - FORECASTS
    - TESTS,
    description="Everything that is due, once, from the drop folder to the published marts: "
    "the same as `meterhouse run`.",
)

land = dg.define_asset_job(
    "land",
    selection=dg.AssetSelection.assets(raw_events).without_checks(),
    description="Land what lies in the drop folder, came over HTTP or is due in a source.",
)

deliver = dg.define_asset_job(
    "deliver",
    selection=DELIVERY,
    description="Note new messages and send what is due: `meterhouse deliveries send`; once a day "
    "ask billing providers what they have.",
)

render = dg.define_asset_job(
    "render",
    selection=DOCUMENTS,
    description="Render documents of final invoices that have none yet: `meterhouse documents "
    "render`.",
)

forecast = dg.define_asset_job(
    "forecast",
    selection=FORECASTS,
    description="What open periods will come to, from the state of the last run: `meterhouse "
    "forecast`.",
)

check_freshness = dg.define_asset_job(
    "check_freshness",
    selection=FRESHNESS,
    description="Do events still arrive, from every source, few of them rejected, do they fit "
    "their schemas, are the marts of the last hours, and does what leaves arrive?",
)
