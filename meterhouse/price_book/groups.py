"""Pricing groups as people write them → canonical JSON text (S-15): keys sorted, values as text.

A price book has few distinct groups, however many rows it has, so they are read one by one here and
joined back in SQL.
"""

import json
from decimal import Decimal

import duckdb

from meterhouse.price_book.csv_text import FILE_ROW
from meterhouse.price_book.errors import Problem
from meterhouse.price_book.reader import TextTable

GROUP_NEXT_STEP = 'Write a JSON object such as {"model":"gpt-a"}, or leave the cell empty.'
_LONGEST_NUMBER = 400


class _NotAGroup(ValueError):
    pass


def register_groups(con: duckdb.DuckDBPyConnection, read: TextTable) -> list[Problem]:
    """Makes the table `group_texts` (text, canonical) for `text_rows.pricing_group`; its problems.

    A text that is no group has no row there.
    """
    rows = con.execute(
        f"select pricing_group, list({FILE_ROW} order by {FILE_ROW}) from text_rows"
        " where pricing_group <> '' group by all order by all"
    ).fetchall()
    canonical, problems = [], []
    for text, file_rows in rows:
        try:
            canonical.append((text, canonical_group(text)))
        except ValueError as error:
            problems += [
                Problem(read.file, row, "pricing_group", "group", f"{error}.", GROUP_NEXT_STEP)
                for row in file_rows
            ]
    con.execute("create or replace temp table group_texts (text varchar, canonical varchar)")
    if canonical:
        texts, groups = zip(*canonical, strict=True)
        # json() writes the text as the models do, so that equal groups are equal texts.
        con.execute(
            "insert into group_texts select text, json(canonical)::varchar"
            " from (select unnest($1::varchar[]) as text, unnest($2::varchar[]) as canonical)",
            [list(texts), list(groups)],
        )
    return problems


def canonical_group(text: str) -> str:
    """The canonical text of one group; ValueError says what is wrong with it."""
    try:
        group = json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"It is not JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("It is nested too deep") from error
    if not isinstance(group, dict):
        raise ValueError("It is JSON, but not an object")
    for key, value in group.items():
        if value is None:
            # S-15: the group of events without the property is rated by a rate without the key.
            raise ValueError(f"The value of '{key}' is null; leave out the key for any value")
    try:
        texts = {key: _text(value) for key, value in sorted(group.items())}
        written = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
        written.encode()
    except UnicodeEncodeError as error:
        raise ValueError("It has half a surrogate pair, which is no character") from error
    if "\0" in text or "\\u0000" in written:
        raise ValueError("There is a NUL character in it")
    return written


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotAGroup("It names a key twice")
    return found


def _no_constant(name: str) -> object:
    raise _NotAGroup(f"{name} is not JSON")


def _text(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    """JSON text with sorted keys, no spaces and numbers in shortest plain decimal form (S-15)."""
    if isinstance(value, dict):
        items = (f"{_json(key)}:{_json(item)}" for key, item in sorted(value.items()))
        return "{" + ",".join(items) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_json(item) for item in value) + "]"
    if isinstance(value, Decimal):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: Decimal) -> str:
    if abs(value.adjusted()) > _LONGEST_NUMBER or len(value.as_tuple().digits) > _LONGEST_NUMBER:
        raise _NotAGroup("A number in it is too long; write it as text")
    plain = format(value, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain
