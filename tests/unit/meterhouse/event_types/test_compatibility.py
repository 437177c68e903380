"""What the next version of a schema may change (S-64).

Guards against a version that turns away who sends by the one before, and against one that takes
from a metric what it reads.
"""

import json
from typing import Any

import pytest

from meterhouse.event_types.compatibility import compare
from meterhouse.event_types.read_by_metrics import Reading, read_properties
from raw_events.schemas.schema import EventSchema, read_schema

NUMBER = {"type": "number", "minimum": 0, "maximum": 10}
TEXT = {"type": "string", "enum": ["eu", "us"]}
CODE = {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"}
OLD: dict[str, Any] = {"properties": {"n": NUMBER, "r": TEXT, "c": CODE}, "required": ["n"]}
READS = {"n": Reading(["m version 1"], True), "r": Reading(["m version 1"], False)}


def schema(value: dict[str, Any]) -> EventSchema:
    read, problems = read_schema(json.dumps(value).encode())
    assert read is not None, problems
    return read


def changed(name: str, **keywords: Any) -> dict[str, Any]:
    one = {**OLD["properties"][name], **keywords}
    kept = {key: value for key, value in one.items() if value is not None}
    return {**OLD, "properties": {**OLD["properties"], name: kept}}


def without(name: str, **more: Any) -> dict[str, Any]:
    kept = {key: one for key, one in OLD["properties"].items() if key != name}
    return {**OLD, "required": [], "properties": kept, **more}


BREAKS = {
    "required": ({**OLD, "required": ["n", "c"]}, "c: it is required now"),
    "new and required": ({**OLD, "required": ["n", "x"]}, "x: it is required now"),
    "type": (changed("c", type="number", minLength=None, maxLength=None, pattern=None), "its type"),
    "enum": (changed("r", enum=["eu"]), "fewer values"),
    "minimum": (changed("n", minimum=1), "its minimum takes less"),
    "maximum": (changed("n", maximum=9.99), "its maximum takes less"),
    "minLength": (changed("c", minLength=3), "its minLength takes less"),
    "maxLength": (changed("c", maxLength=3), "its maxLength takes less"),
    "pattern": (changed("c", pattern="^[a-z]*$"), "its pattern is another one"),
    "others": ({**OLD, "additionalProperties": False}, "additionalProperties"),
    "integer": (changed("n", type="integer"), "its type"),
}


@pytest.mark.parametrize(("newer", "says"), BREAKS.values(), ids=BREAKS.keys())
def test_what_the_older_version_takes_is_taken(newer: dict[str, Any], says: str):
    found = compare(schema(OLD), schema(newer), {})
    assert len(found.breaks) == 1 and says in found.breaks[0]
    assert found.lost == found.loosened == []


def test_a_dropped_property_breaks_where_others_are_refused():
    strict = {**OLD, "additionalProperties": False}
    found = compare(schema(strict), schema(without("c", additionalProperties=False)), {})
    assert found.breaks == ["c: it is not declared any more, and others are refused"]


def test_texts_that_were_read_as_numbers_do_not_become_texts_with_rules():
    older = schema({"properties": {"n": {"type": "number"}}})
    newer = {"properties": {"n": {"type": ["number", "string"], "minLength": 3}}}
    assert compare(older, schema(newer), {}).breaks
    newer["properties"]["n"].pop("minLength")
    assert not compare(older, schema(newer), {}).breaks


FINE = {
    "the same": OLD,
    "a new property": {**OLD, "properties": {**OLD["properties"], "x": {"type": "number"}}},
    "words": {**OLD, "description": "More words."},
}


@pytest.mark.parametrize("newer", FINE.values(), ids=FINE.keys())
def test_what_may_follow(newer: dict[str, Any]):
    found = compare(schema(OLD), schema(newer), READS)
    assert found.breaks == found.lost == found.loosened == []


LOOSENS = {
    "required": ({**OLD, "required": []}, "not required any more"),
    "type": (changed("n", type=["number", "null"]), "its type is number or null"),
    "minimum": (changed("n", minimum=-1), "its minimum takes more"),
    "no maximum": (changed("n", maximum=None), "its maximum takes more"),
    "enum": (changed("r", enum=["eu", "us", "ap"]), "its enum lists more"),
    "no enum": (changed("r", enum=None), "its enum is gone"),
}


@pytest.mark.parametrize(("newer", "says"), LOOSENS.values(), ids=LOOSENS.keys())
def test_what_a_metric_reads_is_not_loosened(newer: dict[str, Any], says: str):
    found = compare(schema(OLD), schema(newer), READS)
    assert len(found.loosened) == 1 and says in found.loosened[0]
    assert "m version 1 reads it" in found.loosened[0]
    assert compare(schema(OLD), schema(newer), {}).loosened == []
    assert found.breaks == found.lost == []


def test_what_a_metric_reads_is_not_dropped_or_retyped():
    (dropped,) = compare(schema(OLD), schema(without("n")), READS).lost
    assert "drops it" in dropped
    bare = {"type": "boolean", "minimum": None, "maximum": None}
    (retyped,) = compare(schema(OLD), schema(changed("n", **bare)), READS).lost
    assert "no number" in retyped
    bare = {"type": "boolean", "enum": None}
    (retyped,) = compare(schema(OLD), schema(changed("r", **bare)), READS).lost
    assert "retypes it" in retyped


def test_the_first_version_keeps_what_metrics_read():
    first = {"properties": {"x": {}}, "additionalProperties": False}
    assert len(compare(None, schema(first), READS).lost) == 2
    assert compare(None, schema({"properties": {"x": {}}}), READS).lost == []
    nested = {"properties": {"n": {"type": "object"}}}
    assert len(compare(None, schema(nested), READS).lost) == 1


def test_what_the_shipped_metrics_read():
    """In SQL, and declared in YAML alone."""
    found = read_properties("llm_request")
    assert (
        found["input_tokens"].as_number and "llm_tokens version 2" in found["input_tokens"].metrics
    )
    assert not found["model"].as_number
    assert read_properties("nobody_sends_this") == {}
