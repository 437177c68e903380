"""The judge of landing agrees with a slow validator of JSON Schema, on random schemas and events.

Guards against a value that the fast way reads otherwise: an event would be kept out, or let in.
"""

import random

import pyarrow as pa
import pytest

from raw_events.ingest.batch import engine
from raw_events.schemas import columns, judge
from raw_events.schemas.judge import RULES, judge_type
from raw_events.schemas.published import Published
from raw_events.schemas.schema import read_schema
from raw_events.validation.json_text import decoder
from raw_events.validation.numbers import property_texts
from tests.unit.raw_events.schemas import reference
from tests.unit.raw_events.schemas.random_schemas import some_properties, some_schema

EVENTS = 120


def published(text: str) -> Published:
    schema, problems = read_schema(text.encode())
    assert schema is not None, (text, problems)
    return Published("job", 1, "report", text.encode(), schema)


def as_validated(properties: list[str | None]) -> pa.Table:
    texts = [property_texts(decoder([]).decode(one)) if one else None for one in properties]
    columns = {"properties": properties, "property_texts": texts}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


@pytest.mark.parametrize("few", [columns.FEW, -1], ids=["one by one", "at once"])
def test_random_schemas_and_events(few: int, monkeypatch: pytest.MonkeyPatch):
    """S-64, S-10"""
    monkeypatch.setattr(columns.broken_rules, "__defaults__", (few,))
    # So little at once that events are judged in several parts.
    monkeypatch.setattr(judge, "_MOST_VALUES", 100)
    monkeypatch.setattr(judge, "_FEW_PROPERTIES", 2)
    chance = random.Random(64)
    with engine() as con:
        for _ in range(60):
            text = some_schema(chance)
            schema = published(text)
            events = [some_properties(chance) for _ in range(EVENTS)]
            judged = judge_type(con, as_validated(events), schema)
            counted: dict[tuple[str | None, str], int] = {}
            for event, rule in zip(events, judged.rule.tolist(), strict=True):
                wanted = reference.broken(text, event)
                # Of one property the first rule alone is noted.
                found = first_of_each(wanted)
                assert (rule > 0) == bool(found), (text, event, found, rule and RULES[rule - 1])
                if rule:
                    assert RULES[rule - 1] in {keyword for _, keyword in found}, (text, event)
                for one in found:
                    counted[one] = counted.get(one, 0) + 1
            noted: dict[tuple[str | None, str], int] = {}
            for fault, number in judged.faults.items():
                key = (fault.property, fault.rule)
                noted[key] = noted.get(key, 0) + number
            assert noted == counted, text


def first_of_each(found: set[tuple[str | None, str]]) -> set[tuple[str | None, str]]:
    first: dict[str | None, str] = {}
    for name, keyword in found:
        if name not in first or RULES.index(keyword) < RULES.index(first[name]):
            first[name] = keyword
    return set(first.items())
