"""Metrics that are declared in YAML alone: what may stand in `config.meta`.

    event_types: [job]                      group_keys: [model]
    aggregation: sum                        aggregation_key: minutes
    property_filters:
      - {name: status, in_values: [done]}
      - {name: user_id, exists: true, not_in_values: [test]}
    carry: {by: [machine], having: minutes}

The metric's file is the one line `{{ declared_metric() }}`
(dbt_project/macros/metrics/declared_metric.sql), below its comment. `carry` (S-56) may stand in the
YAML of a metric that is written in SQL as well.
"""

import re
from collections.abc import Iterator
from typing import Any

# How days may make up a longer window (dbt_project/models/usage/cumulative_usage.sql). Each must be
# equal to the metric over that window: tests/project/test_rolled_up_days.py.
BY_VALUE = ("sum", "max", "min")
ROLLUPS = (*BY_VALUE, "latest", "average_of_days_with_data", "average_of_all_days")
# Aggregation → how its days roll up; the last two by the states of usage/day_states.
DECLARED_ROLLUPS = {
    "count": "sum",
    "sum": "sum",
    "max": "max",
    "min": "min",
    "latest": "latest",
    "unique": "unique",
    "time_average": "time_average",
}
AGGREGATIONS = tuple(DECLARED_ROLLUPS)
# What `rollup` was called up to 0.1; metrics that say so go on to work.
OLD_ROLLUP = "combine"
FILTER_KEYS = {"name", "exists", "in_values", "not_in_values"}
KEYS = {"event_types", "group_keys", "aggregation", "aggregation_key", "property_filters", "carry"}
CARRY_KEYS = {"by", "having"}
# What an event that is carried over would add to every period anew, or as a day that it is not of.
NOT_CARRIED = ("sum", "average_of_days_with_data", "average_of_all_days")
CALL = "{{ declared_metric() }}"


def rollup_of(meta: dict[str, Any]) -> str | None:
    """How days make up a longer time: a value of ROLLUPS or DECLARED_ROLLUPS, or None."""
    if "aggregation" in meta:
        return DECLARED_ROLLUPS.get(meta["aggregation"])
    return meta.get("rollup", meta.get(OLD_ROLLUP))


def declaration_problems(meta: dict[str, Any], sql: str) -> Iterator[str]:
    """What is wrong with the declaration of one version, `sql` being its file; a sentence each.

    A word that is not known would bill everything or nothing, silently.
    """
    if "carry" in meta:
        yield from _of_carry(meta)
    if not (meta.keys() & {"aggregation", "aggregation_key", "property_filters"}):
        if "declared_metric(" in sql:
            yield f"has no `aggregation`, which its file's {CALL} needs: {', '.join(AGGREGATIONS)}."
        return
    if " ".join(re.sub(r"--[^\n]*", "", sql).split()) != CALL:
        yield f"declares an aggregation, so its .sql file is the one line {CALL}."
    aggregation, key = meta.get("aggregation"), meta.get("aggregation_key")
    if aggregation not in AGGREGATIONS:
        yield f"has the aggregation {aggregation}; it is one of {', '.join(AGGREGATIONS)}."
    elif aggregation == "count" and key is not None:
        yield f"counts events, so its aggregation_key {key} means nothing: take it out."
    elif aggregation != "count" and not isinstance(key, str):
        yield f"needs an `aggregation_key`: the property of which the {aggregation} is taken."
    unknown = sorted(meta.keys() - KEYS)
    if unknown:
        yield (
            f"has {', '.join(unknown)} beside its aggregation; known are {', '.join(sorted(KEYS))}."
        )
    for number, one in enumerate(meta.get("property_filters") or [], 1):
        yield from (f"property filter {number} {what}" for what in _of_filter(one))


def _of_filter(one: object) -> Iterator[str]:
    if not isinstance(one, dict) or not isinstance(one.get("name"), str):
        yield "needs a `name`: the property that it looks at."
        return
    unknown = sorted(one.keys() - FILTER_KEYS)
    if unknown:
        yield f"has {', '.join(unknown)}; known are {', '.join(sorted(FILTER_KEYS))}."
    if not one.keys() & (FILTER_KEYS - {"name"}):
        yield "keeps every event; add exists, in_values or not_in_values."
    if not isinstance(one.get("exists", True), bool):
        yield "has an `exists` that is neither true nor false."
    for part in ("in_values", "not_in_values"):
        values = one.get(part, [""])
        if (
            not isinstance(values, list)
            or not values
            or any(isinstance(value, (list, dict)) or value is None for value in values)
        ):
            yield f"has `{part}` that is not a list of texts, numbers, true or false."


def _of_carry(meta: dict[str, Any]) -> Iterator[str]:
    """What is wrong with what a metric carries over from before a period (S-56)."""
    carry = meta["carry"]
    by, having = (carry.get(key) for key in ("by", "having")) if isinstance(carry, dict) else (0, 0)
    if not isinstance(by, list) or not all(isinstance(key, str) and key for key in by):
        yield (
            "has a `carry` without `by`: the properties of which each combination carries over its "
            "latest event, like {by: [region], having: gb}; [] carries the latest event of all."
        )
        return
    unknown = sorted(map(str, carry.keys() - CARRY_KEYS))
    if unknown:
        yield f"has {', '.join(unknown)} in `carry`; known are by and having."
    if len(set(by)) < len(by):
        yield "names a property twice in `by` of `carry`."
    if "having" in carry and not (isinstance(having, str) and having):
        yield "has a `having` in `carry` that is no property: the one that must be a number."
    rollup, aggregation = rollup_of(meta), meta.get("aggregation")
    if rollup in NOT_CARRIED:
        yield (
            f"carries events over into a {aggregation or f'metric with `rollup: {rollup}`'}, where "
            "every period would count them again; take `carry` out, or the latest value, a time "
            "average, a maximum, a minimum or a unique count."
        )
    elif aggregation in ("latest", "max", "min", "time_average") and having != meta.get(
        "aggregation_key"
    ):
        yield (
            f"needs `having: {meta.get('aggregation_key')}` in `carry`, its aggregation key: else "
            "an event without that number would hide the one that is to be carried."
        )
