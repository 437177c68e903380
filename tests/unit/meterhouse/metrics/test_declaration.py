"""Metrics declared in YAML alone: a wrong word never bills everything or nothing silently."""

import pytest

from meterhouse.metrics.declaration import CALL, declaration_problems, rollup_of

COUNT = {"event_types": ["job"], "group_keys": [], "aggregation": "count"}
SUM = {**COUNT, "aggregation": "sum", "aggregation_key": "minutes"}
MAX = {**COUNT, "aggregation": "max", "aggregation_key": "gb"}
SQL = {"event_types": ["job"], "group_keys": []}
WRONG = {
    "no aggregation": (COUNT | {"aggregation": None}, CALL, "it is one of count, sum"),
    "an unknown one": (COUNT | {"aggregation": "avg"}, CALL, "has the aggregation avg"),
    "no key": (COUNT | {"aggregation": "max"}, CALL, "needs an `aggregation_key`"),
    "a key of a count": (COUNT | {"aggregation_key": "a"}, CALL, "counts events"),
    "a typing error": (SUM | {"property_filter": []}, CALL, "has property_filter beside"),
    "rollup as well": (SUM | {"rollup": "max"}, CALL, "has rollup beside"),
    "SQL as well": (SUM, "select 1", "is the one line"),
    "a carry of nothing": (MAX | {"carry": {"having": "a"}}, CALL, "without `by`"),
    "a carry that is a text": (MAX | {"carry": "region"}, CALL, "without `by`"),
    "a typing error in it": (MAX | {"carry": {"by": [], "have": "a"}}, CALL, "has have in `carry`"),
    "a property twice": (MAX | {"carry": {"by": ["a", "a"]}}, CALL, "names a property twice"),
    "no number": (MAX | {"carry": {"by": [], "having": None}}, CALL, "is no property"),
    "another number": (MAX | {"carry": {"by": [], "having": "a"}}, CALL, "needs `having: gb`"),
    "a carried sum": (SUM | {"carry": {"by": []}}, CALL, "over into a sum"),
    "a carried count": (COUNT | {"carry": {"by": []}}, CALL, "over into a count"),
    "carried days that add up": (
        SQL | {"carry": {"by": []}, "rollup": "sum"},
        "",
        "count them again",
    ),
    "a call without declaration": ({"group_keys": []}, CALL, "has no `aggregation`"),
}
WRONG_FILTERS = {
    "no name": ({"in_values": ["a"]}, "needs a `name`"),
    "a typing error": ({"name": "a", "in_value": ["b"]}, "has in_value; known are"),
    "nothing to keep": ({"name": "a"}, "keeps every event"),
    "exists as a text": ({"name": "a", "exists": "yes"}, "neither true nor false"),
    "one value": ({"name": "a", "in_values": "b"}, "not a list"),
    "no values": ({"name": "a", "not_in_values": []}, "not a list"),
    "null as a value": ({"name": "a", "in_values": [None]}, "not a list"),
}


@pytest.mark.parametrize(("meta", "sql", "said"), WRONG.values(), ids=WRONG)
def test_a_wrong_declaration_is_said(meta: dict, sql: str, said: str):
    assert said in "\n".join(declaration_problems(meta, sql))


@pytest.mark.parametrize(("one", "said"), WRONG_FILTERS.values(), ids=WRONG_FILTERS)
def test_a_wrong_filter_is_said(one: dict, said: str):
    assert said in "\n".join(declaration_problems(SUM | {"property_filters": [one]}, CALL))


def test_right_ones_are_not_complained_of():
    filters = [
        {"name": "status", "in_values": ["done", 200, True]},
        {"name": "user_id", "exists": True, "not_in_values": ["test"]},
    ]
    assert not list(declaration_problems(SUM | {"property_filters": filters}, f"{CALL}\n"))
    assert not list(declaration_problems(SUM, f"-- one row per window: minutes\n{CALL}\n"))
    assert not list(declaration_problems({"event_types": ["a"], "group_keys": []}, "select 1"))
    assert not list(declaration_problems(MAX | {"carry": {"by": ["a"], "having": "gb"}}, CALL))
    assert not list(declaration_problems(SQL | {"carry": {"by": ["id"]}}, "select 1"))


def test_days_roll_up_where_the_aggregation_lets_them():
    assert [rollup_of({"aggregation": name}) for name in ("count", "sum", "max", "min")] == [
        *("sum", "sum", "max", "min")
    ]
    assert [rollup_of({"aggregation": name}) for name in ("unique", "latest", "time_average")] == [
        *("unique", "latest", "time_average")
    ]
    assert rollup_of({"rollup": "max"}) == "max"
