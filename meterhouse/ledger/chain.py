"""The digest chain over the ledger (S-47).

The recipe, so that anybody can repeat it with other tools:

1. The document of a ledger row is one JSON object (UTF-8, no spaces, keys sorted at every level)
   of all columns of the row except `previous_digest` and `digest`. Numbers of the types BIGINT and
   INTEGER are JSON numbers; decimals are strings with all the decimals of their type
   (`"12.5000"`); dates are `"2025-01-31"`; instants are `"2025-02-02T00:00:00.000000Z"`; what is
   null is `null`. In strings only `"`, `\\` and control characters are escaped, the latter as
   `\\b \\f \\n \\r \\t` or `\\u00XX` with upper-case hexadecimal digits. A row
   written before a column was added (schema.ADDED_COLUMNS) has a document without it, as its file
   has no such column.
2. content = lower-case hexadecimal SHA-256 of the document.
3. digest = lower-case hexadecimal SHA-256 of the ASCII text: previous digest, line feed, content.
   The digest before the first row is 64 zeros.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from meterhouse.ledger.columns import Fields
from meterhouse.ledger.schema import LEDGER_ROW

GENESIS = "0" * 64
NOT_IN_DOCUMENT = ("previous_digest", "digest")


def document_sql(relation: str, fields: Fields = LEDGER_ROW) -> str:
    """A SQL expression: the JSON document of a row of `relation` (columns `fields`).

    It stays in DuckDB because a Python loop over the lines would be the slowest step of a run.
    """
    members = (
        f"'{name}': " + _value(spec, f'{relation}."{name}"')
        for name, spec in sorted(fields.items())
        if name not in NOT_IN_DOCUMENT
    )
    return f"cast(to_json({{{', '.join(members)}}}) as varchar)"


def content_sql(relation: str, fields: Fields = LEDGER_ROW) -> str:
    """A SQL expression: step 2 of the recipe, 64 hexadecimal digits."""
    return f"sha256({document_sql(relation, fields)})"


def chain(previous: str, contents: Iterable[str]) -> list[str]:
    """Step 3 of the recipe for rows in the order of their sequence: one digest per content."""
    digests = []
    for content in contents:
        previous = hashlib.sha256(f"{previous}\n{content}".encode("ascii")).hexdigest()
        digests.append(previous)
    return digests


def _value(spec: "str | list[Any]", expression: str) -> str:
    if spec == "TIMESTAMPTZ":
        return f"strftime({expression} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
    # A cast between structs goes by the names of their fields: it sorts the keys, and turns what
    # is not an integer into text, several times faster than a lambda over each list.
    return f"cast({expression} as {_text_type(spec)})"


def _text_type(spec: "str | list[Any]") -> str:
    if isinstance(spec, list):
        fields = (f'"{name}" {_text_type(field)}' for name, field in sorted(spec[0].items()))
        return f"STRUCT({', '.join(fields)})[]"
    return spec if spec in ("BIGINT", "INTEGER") else "VARCHAR"
