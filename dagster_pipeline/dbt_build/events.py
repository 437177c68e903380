"""dbt's events without those that nobody hears.

For each statement dbt makes some messages of level debug and gives them to its loggers, which leave
them out.
"""

from functools import cache

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager


@cache
def leave_out_debug() -> None:
    """From now on this process makes no message of a debug event; errors and warnings stay."""
    fire_event = EventManager.fire_event

    def fire(manager: EventManager, e: BaseEvent, level: EventLevel | None = None, **how) -> None:
        if (level or e.level_tag()) is not EventLevel.DEBUG:
            fire_event(manager, e, level, **how)

    EventManager.fire_event = fire
