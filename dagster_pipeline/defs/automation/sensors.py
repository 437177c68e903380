"""Sensors: what runs because something happened."""

import hashlib

import dagster as dg

from dagster_pipeline.defs.automation.jobs import deliver, land
from dagster_pipeline.defs.marts.assets import PUBLISHED
from meterhouse.common import settings
from raw_events.ingest.drop_folder import waiting_files


@dg.sensor(job=land, minimum_interval_seconds=30)
def drop_folder(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Land files that appear in the drop folder ($METERHOUSE_HOME/inbox)."""
    files = waiting_files(settings.home())
    if not files:
        return dg.SkipReason("the drop folder is empty")
    # The same files are asked for once: a run that could not land them is not repeated for ever.
    # A digest: a name may be longer than a key, or no text at all (S-67).
    key = "|".join(f"{path.name}:{state.st_size}:{state.st_mtime_ns}" for path, state in files)
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return dg.RunRequest(run_key=f"{len(files)} files {digest}")


@dg.asset_sensor(asset_key=PUBLISHED, job=deliver, minimum_interval_seconds=30)
def published(context: dg.SensorEvaluationContext, asset_event: dg.EventLogEntry) -> dg.RunRequest:
    """Deliver what a publication has to tell as soon as it is there."""
    # A publication of `meterhouse live` belongs to no run, so the moment tells them apart.
    return dg.RunRequest(run_key=f"publication {asset_event.run_id} {asset_event.timestamp}")
