"""dbt's events as this process hears them."""

import copy

import pytest
from dbt.adapters.events.types import SQLQuery
from dbt.events.types import LogTestResult
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.types import Formatting

from meterhouse.dbt.events import MESSAGE, leave_out_debug


@pytest.fixture
def heard():
    """What a fresh event manager tells."""
    leave_out_debug()
    manager, told = EventManager(), []
    manager.add_callback(told.append)

    def fire(event, level=None):
        manager.fire_event(event, level=level)
        return told

    return fire


def result():
    return LogTestResult(
        name="grain", status="fail", index=1, num_models=2, execution_time=0.5, num_failures=3
    )


def test_debug_events_are_neither_heard_nor_made(heard):
    event = SQLQuery(conn_name="c", sql="select 1", node_info={})
    assert heard(event) == []
    assert MESSAGE not in vars(event)


def test_a_debug_event_still_has_what_it_was_made_from():
    leave_out_debug()
    event = SQLQuery(conn_name="c", sql="select 1", node_info={})
    assert (event.conn_name, event.sql) == ("c", "select 1")
    event.sql = "select 2"
    assert event.sql == "select 2"


def test_a_field_can_be_changed_before_any_is_read():
    leave_out_debug()
    event = SQLQuery(conn_name="c", sql="select 1", node_info={})
    event.sql = "select 2"
    assert (event.conn_name, event.sql) == ("c", "select 2")


def test_a_copy_says_the_same():
    leave_out_debug()
    event = SQLQuery(conn_name="c", sql="select 1", node_info={})
    assert copy.copy(event).sql == "select 1"


def test_an_unknown_field_is_an_error():
    leave_out_debug()
    event = SQLQuery(conn_name="c", sql="select 1", node_info={})
    with pytest.raises(AttributeError):
        event.nothing_like_it  # noqa: B018


def test_what_is_told_at_a_level_is_heard_whole(heard):
    (told,) = heard(result(), EventLevel.ERROR)
    assert (told.info.name, told.info.level) == ("LogTestResult", "error")
    assert (told.data.name, told.data.status, told.data.num_failures) == ("grain", "fail", 3)
    assert "FAIL 3 grain" in told.info.msg


def test_text_is_heard(heard):
    (told,) = heard(Formatting("a line"))
    assert told.data.msg == "a line"
