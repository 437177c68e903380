"""How a property is read (S-10, S-15): any name, any value, and what the log says beside it.

Guards against a name that is taken for a path, against a number and a text that are mixed up, and
against a canonical text of the log that is passed over.
"""

import json
from functools import cache

import duckdb
import pytest

from meterhouse.reports.explain_events import TEXT, json_pointer
from tests.project.metric_sql import render

NAMES = [
    "plain",
    "a.b",
    "a/b",
    "~1",
    "a~b",
    "$.x",
    "0",
    "*",
    "a b",
    "it's",
    'say "x"',
    "ä",
    "a\\b",
    "",
]
# JSON text → the text of S-15.
VALUES = {
    '"text"': "text",
    '""': "",
    '"1.0"': "1.0",
    "1.0": "1",
    "-20.0": "-20",
    "2.50": "2.5",
    "0.0001": "0.0001",
    "123456789012345": "123456789012345",
    "12345678901234.0": "12345678901234",
    "true": "true",
    "null": None,
    r'"\u00e4\"\n"': 'ä"\n',
}


@cache
def expression(macro: str, name: str) -> str:
    return render("{{ " + macro + "(name) }}".replace("name", json.dumps(name)))


@cache
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def read(macro: str, name: str, properties: str | None, texts: str | None = None) -> str | None:
    query = f"select {expression(macro, name)} from (select ? as properties, ? as property_texts)"
    [(found,)] = database().execute(query, [properties, texts]).fetchall()
    return found


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_a_name(name: str):
    properties = json.dumps({"other": 1, "a": {"b": 2}, "x": 3, name: "found"})
    assert read("property_text", name, properties) == "found"
    assert read("property_text", name, '{"nothing": 1, "a": {"b": 2}, "x": 3}') is None
    assert read("property_text", name, None) is None


@pytest.mark.parametrize("value", VALUES)
def test_a_value_has_its_canonical_text(value: str):
    assert read("property_text", "p", f'{{"q": 1, "p": {value}}}') == VALUES[value]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", VALUES)
def test_an_explanation_compares_the_same_text(name: str, value: str):
    query = f"select {TEXT} from (select $properties as properties, $texts as property_texts)"
    properties = f'{{"other": 1, {json.dumps(name)}: {value}}}'
    for texts in (None, json.dumps({name: "from the log"})):
        given = {"key": json_pointer(name), "properties": properties, "texts": texts}
        [(found,)] = database().execute(query, given).fetchall()
        assert found == read("property_text", name, properties, texts)


def test_what_the_log_says_goes_first():
    texts = json.dumps({"p": "1234567890123456789"})
    assert read("property_text", "p", '{"p": 1234567890123456789.0}', texts) == texts[7:-2]
    assert read("property_value", "p", '{"p": 1.5e300, "q": 2}', '{"p": "15"}') == "15"
    assert read("property_value", "q", '{"p": 1.5e300, "q": 2}', '{"p": "15"}') == "2"


@pytest.mark.parametrize(
    ("value", "is_bad"),
    {"1": False, '"1"': False, '"1e3"': False, '"1_0"': True, "true": True, "null": False}.items(),
)
def test_what_is_no_number_is_bad(value: str, is_bad: bool):
    assert bool(read("is_bad_number", "p", f'{{"p": {value}}}')) is is_bad
    assert not read("is_bad_number", "p", "{}")
