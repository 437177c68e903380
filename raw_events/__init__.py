"""Everything that puts an event durably on disk. Knows nothing of dbt and Dagster."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
_PLACES = {
    "EventLog": "log.event_log",
    "LandingReport": "ingest.landing",
    "land_file": "ingest.landing",
}


def __getattr__(name: str) -> Any:
    """Loaded when they are asked for: a command that lands nothing needs no DuckDB for its help."""
    if name not in __all__:
        raise AttributeError(f"raw_events has no {name}")
    return getattr(import_module(f"raw_events.{_PLACES.get(name, 'common.errors')}"), name)
