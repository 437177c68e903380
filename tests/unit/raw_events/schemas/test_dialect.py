"""What a schema may say, and what is refused by name (S-64).

Guards against a keyword that is read and judges nothing, and against a pattern that another program
reads otherwise.
"""

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from raw_events.schemas.columns import broken_rules
from raw_events.schemas.declared import PropertySchema
from raw_events.schemas.pattern import pattern_problem, python_pattern
from raw_events.schemas.schema import read_schema
from raw_events.schemas.values import VALUE_RULES, member_of
from raw_events.validation.numbers import Number

REFUSED = {
    "format": ({"properties": {"a": {"type": "string", "format": "date"}}}, "properties.a.format"),
    "items": ({"properties": {"a": {"type": "array", "items": {}}}}, "properties.a.items"),
    "nested": ({"properties": {"a": {"properties": {}}}}, "properties.a.properties"),
    "$ref": ({"properties": {"a": {"$ref": "#/x"}}}, "properties.a.$ref"),
    "exclusiveMinimum": (
        {"properties": {"a": {"type": "number", "exclusiveMinimum": 0}}},
        "properties.a.exclusiveMinimum",
    ),
    "allOf": ({"allOf": []}, "allOf"),
    "other dialect": ({"$schema": "http://json-schema.org/draft-04/schema#"}, "$schema"),
    "others as a schema": ({"additionalProperties": {"type": "string"}}, "additionalProperties"),
    "array at the top": ({"type": "array"}, "type"),
    "unknown type": ({"properties": {"a": {"type": "float"}}}, "properties.a.type"),
    "bound of texts": (
        {"properties": {"a": {"type": "string", "minimum": 1}}},
        "properties.a.minimum",
    ),
    "length of numbers": (
        {"properties": {"a": {"type": "number", "maxLength": 1}}},
        "properties.a.maxLength",
    ),
    "bound as text": (
        {"properties": {"a": {"type": "number", "minimum": "0"}}},
        "properties.a.minimum",
    ),
    "nothing fits": (
        {"properties": {"a": {"type": "number", "minimum": 2, "maximum": 1}}},
        "properties.a.minimum",
    ),
    "empty enum": ({"properties": {"a": {"enum": []}}}, "properties.a.enum"),
    "nested enum": ({"properties": {"a": {"enum": [[1]]}}}, "properties.a.enum"),
    "one number twice": ({"properties": {"a": {"enum": [1, 1.0]}}}, "properties.a.enum"),
    "required and unknown": ({"required": ["a"], "additionalProperties": False}, "required"),
    "required twice": ({"required": ["a", "a"]}, "required"),
    "length below zero": (
        {"properties": {"a": {"type": "string", "minLength": -1}}},
        "properties.a.minLength",
    ),
}


@pytest.mark.parametrize(("schema", "keyword"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_is_named(schema: dict[str, Any], keyword: str):
    read, problems = read_schema(json.dumps(schema).encode())
    assert read is None
    assert [problem.keyword for problem in problems] == [keyword]


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'{"required": [], "required": []}', b"\xff", b'{"title": NaN}', b"[" * 99],
)
def test_what_is_no_schema_at_all(text: bytes):
    read, problems = read_schema(text)
    assert read is None and len(problems) == 1


def test_numbers_of_a_schema_are_exact():
    text = b'{"properties": {"a": {"type": "integer", "maximum": 12345678901234567890}}}'
    read, _ = read_schema(text)
    assert read is not None
    assert read.properties[0].maximum == Decimal(12345678901234567890)
    assert read_schema(text.replace(b"12345678901234567890", b"1e999999999"))[0] is None


SAME = [
    "^[a-z]+$", "a|b", "^(?:eu|us)-[0-9]{1,3}$", r"^\d+\.\d{2}$", r"[^\w]", "^.$", "x*?y", "",
    r"^[\-\]\[]$", "é+", r"\t", "^$", r"^\$[0-9]+$", "a{2,}",
]  # fmt: skip
TEXTS = [
    "", "a", "ab\n", "b\n", "eu-12", "eu-1234", "1.25", "１.25", "é", "éé", "\t", "$5", "aa", "-",
    "]", "xxy", "a\nb", "\n", "😀", "\u2028", "$5\n",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SAME)
def test_a_pattern_that_is_taken_means_the_same_in_python(pattern: str):
    assert pattern_problem(pattern) is None
    by_re2 = pc.match_substring_regex(pa.array(TEXTS), pattern).to_pylist()
    assert by_re2 == [python_pattern(pattern).search(text) is not None for text in TEXTS]


@pytest.mark.parametrize("text", ["a" * 30_000 + "!", "a" * 30_000 + "\\"])
def test_no_text_makes_a_pattern_take_for_ever(text: str):
    """Python would try 2^30000 ways, also for one value with an escape."""
    schema = PropertySchema("a", ("string",), pattern="^(a+)+$")
    values = pa.array([json.dumps(text), json.dumps("aaa")])
    assert broken_rules(values, schema).tolist() == [1 + VALUE_RULES.index("pattern"), 0]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s", r"\bword", r"\p{L}", r"\Aa", r"a\z", r"a\Z", r"\u00e9", r"\x41", r"(a)\1", "(?=a)",
        "(?<n>a)", "(?P<n>a)", "(?i)a", "(?!a)", "a**", "a++", "*a", "a{1001}", "a{,3}", "a{", "}",
        "[", "[]", "[^]", "[[:alpha:]]", "[a&&b]", "]", "(", ")", "a\\", "[z-a]", "(a{999}){999}",
        "\0", "a" * 1001, "(?#c)", r"\Qa\E", r"\C",
    ],
)  # fmt: skip
def test_a_pattern_that_programs_read_otherwise_is_refused(pattern: str):
    problem = pattern_problem(pattern)
    assert problem is not None and problem.endswith((".", ")."))


def test_the_values_of_an_enum_are_said():
    def said(*values: object) -> str:
        members = tuple(map(member_of, values))
        return PropertySchema("a", enum=members).enum_text

    assert said("card", True, None) == 'one of "card", true, null'
    assert said(Number("1.50")) == "one of 1.50"
    assert said(*map(str, range(7))) == 'one of "0", "1", "2", "3", "4" and 2 more'
