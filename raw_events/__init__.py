"""Everything that puts an event durably on disk. Knows nothing of dbt and Dagster."""

from raw_events.common.errors import LandingError, LogDamaged, QuarantineError
from raw_events.ingest.landing import LandingReport, land_file
from raw_events.log.event_log import EventLog

__all__ = [
    "EventLog",
    "LandingError",
    "LandingReport",
    "LogDamaged",
    "QuarantineError",
    "land_file",
]
