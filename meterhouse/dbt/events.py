"""dbt's events without the work for those that nobody hears.

For each statement dbt makes some events of level debug, each with a protobuf message, and gives
them to its loggers, which leave them out. A run makes thousands.
"""

from functools import cache
from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

# What an event was made from, until somebody asks for its message.
GIVEN = "_given"
MESSAGE = "pb_msg"


@cache
def leave_out_debug() -> None:
    """From now on this process hears no debug events, and events make their message when asked.

    Errors, warnings and results stay as they are.
    """
    _hear_no_debug()
    _make_messages_late()


def _hear_no_debug() -> None:
    fire_event = EventManager.fire_event

    def fire(manager: EventManager, e: BaseEvent, level: EventLevel | None = None, **how) -> None:
        if (level or e.level_tag()) is not EventLevel.DEBUG:
            fire_event(manager, e, level, **how)

    EventManager.fire_event = fire


def _make_messages_late() -> None:
    make, change = BaseEvent.__init__, BaseEvent.__setattr__

    def keep(event: BaseEvent, *args: Any, **fields: Any) -> None:
        object.__setattr__(event, GIVEN, (args, fields))

    # Python asks for this where an event has no attribute of that name.
    def get(event: BaseEvent, name: str) -> Any:
        if name != MESSAGE:
            return getattr(event.pb_msg, name)
        if GIVEN not in event.__dict__:
            raise AttributeError(name)
        args, fields = event.__dict__.pop(GIVEN)
        make(event, *args, **fields)
        return event.__dict__[MESSAGE]

    def put(event: BaseEvent, name: str, value: Any) -> None:
        if name != MESSAGE:
            getattr(event, MESSAGE)
        change(event, name, value)

    BaseEvent.__init__, BaseEvent.__getattr__, BaseEvent.__setattr__ = keep, get, put
