"""Kinds of columns: SQL type, the expression that casts a cell, and the faults a cell can have."""

import re
from dataclasses import dataclass

from meterhouse.price_book.columns import Column

# As S-5 has it for events.
MAX_ID = 128


@dataclass(frozen=True)
class Fault:
    """`condition` is SQL over `{cell}`; `message` continues after the cell's text."""

    rule: str
    condition: str
    message: str
    next_step: str


@dataclass(frozen=True)
class Kind:
    """`cast` is SQL over `{cell}`, for cells without a fault."""

    sql_type: str
    cast: str
    faults: tuple[Fault, ...] = ()


def _decimal(precision: int, scale: int) -> Kind:
    whole = precision - scale
    plain = r"regexp_full_match({cell}, '-?[0-9]+(\.[0-9]+)?')"
    return Kind(
        f"DECIMAL({precision},{scale})",
        f"try_cast({{cell}} as decimal({precision}, {scale}))",
        (
            Fault(
                "number",
                f"not {plain}",
                "is not a decimal number.",
                "Write digits and at most one point, such as 1234.50: no thousands separator, no"
                " exponent, no currency sign.",
            ),
            Fault(
                "too_many_decimals",
                f"length(rtrim(split_part({{cell}}, '.', 2), '0')) > {scale}",
                f"has more than {scale} decimals.",
                f"Round it: {scale} decimals are kept.",
            ),
            Fault(
                "out_of_range",
                f"length(ltrim(split_part({{cell}}, '.', 1), '-0')) > {whole}",
                f"has more than {whole} digits before the point.",
                f"It must lie between -10^{whole} and 10^{whole}.",
            ),
        ),
    )


def _whole(sql_type: str, largest: int) -> Kind:
    return Kind(
        sql_type,
        f"try_cast({{cell}} as {sql_type})",
        (
            Fault(
                "number",
                "not regexp_full_match({cell}, '-?[0-9]+')",
                "is not a whole number.",
                "Write digits only, such as 30.",
            ),
            Fault(
                "out_of_range",
                f"try_cast({{cell}} as {sql_type}) is null",
                "is too big.",
                f"It must lie between {-largest - 1} and {largest}.",
            ),
        ),
    )


_DATE = Fault(
    "date",
    # The comparison refuses what DuckDB takes besides: single digits, infinity.
    "not regexp_full_match({cell}, '[0-9]{4}-[0-9]{2}-[0-9]{2}')"
    " or try_cast({cell} as date)::varchar is distinct from {cell}",
    "is not a date.",
    "Write a day of the calendar as YYYY-MM-DD, such as 2026-01-31 (S-2).",
)

_YEAR = Fault(
    "year_before_2000",
    "{cell} < '2000-01-01'",
    "lies before the year 2000.",
    "Correct the year; what has always been valid may start on 2000-01-01.",
)

_TOO_LONG = Fault(
    "too_long",
    f"length({{cell}}) > {MAX_ID}",
    f"has more than {MAX_ID} characters.",
    "Shorten it; an event's customer_id has no more either (S-5).",
)

_BLANK = Fault(
    "blank",
    r"regexp_full_match({cell}, '[\s\p{Z}]*')",
    "is made of blanks.",
    "Write the name that events carry, or remove the row.",
)

_BLANK_AT_END = Fault(
    "blank_at_end",
    r"regexp_matches({cell}, '^[\s\p{Z}]|[\s\p{Z}]$')",
    "begins or ends with a blank.",
    "Remove the blank: nobody sees it, and no other row would match.",
)

# Controls, marks without a shape (zero width, direction), and blanks that only look like one.
_INVISIBLE = Fault(
    "invisible_character",
    r"regexp_matches({cell}, '[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\x{A0}\x{1680}\x{2000}-\x{200A}\x{202F}"
    r"\x{205F}\x{3000}]')",
    "has a character that nobody sees, or a blank that is none.",
    "Type it again by hand; it was probably copied from a document.",
)

_BOOLEAN = Fault(
    "boolean",
    "lower({cell}) not in ('true', 'false')",
    "is neither true nor false.",
    "Write true or false.",
)

_EMPTY_ENTRY = Fault(
    "list",
    "list_contains(string_split({cell}, '|'), '')",
    "has an empty entry.",
    "Join names by one |, such as region|model, with none at the ends.",
)

_REPEATED_ENTRY = Fault(
    "list",
    "len(list_distinct(string_split({cell}, '|'))) < len(string_split({cell}, '|'))",
    "has an entry twice.",
    "Keep each once.",
)

_KINDS: dict[str, Kind] = {
    "text": Kind("VARCHAR", "{cell}"),
    "id": Kind("VARCHAR", "{cell}", (_TOO_LONG, _BLANK_AT_END, _INVISIBLE)),
    # As events carry it: a sender's blank at the end is mended by an alias that has it too.
    "alias": Kind("VARCHAR", "{cell}", (_TOO_LONG, _BLANK)),
    "choice": Kind("VARCHAR", "{cell}"),
    "date": Kind("DATE", "try_cast({cell} as date)", (_DATE,)),
    "day": Kind("DATE", "try_cast({cell} as date)", (_DATE, _YEAR)),
    "boolean": Kind("BOOLEAN", "lower({cell}) = 'true'", (_BOOLEAN,)),
    "integer": _whole("INTEGER", 2**31 - 1),
    "bigint": _whole("BIGINT", 2**63 - 1),
    "unit_price": _decimal(20, 10),
    "quantity": _decimal(28, 10),
    "amount": _decimal(20, 4),
    # Lists and groups are never null: nothing stands for an empty list or group (S-21).
    "names": Kind(
        "VARCHAR[]",
        "coalesce(list_sort(string_split({cell}, '|')), [])",
        (_EMPTY_ENTRY, _REPEATED_ENTRY),
    ),
    "group": Kind(
        "VARCHAR",
        "case when {cell} is null then '{}'"
        " else (select canonical from group_texts where group_texts.text = {cell}) end",
    ),
}

_SQL_TYPES = {"VARCHAR": "text", "TEXT": "text", "STRING": "text", "INT": "integer"}


def find_kind(name: str) -> Kind:
    """The kind of a schema, or of an SQL type that a lookup declares; KeyError if there is none."""
    if decimal := re.fullmatch(r"(?:DECIMAL|NUMERIC)\((\d+), ?(\d+)\)", name.strip().upper()):
        return _decimal(int(decimal[1]), int(decimal[2]))
    return _KINDS[_SQL_TYPES.get(name.upper(), name.lower())]


def find_faults(column: Column) -> list[Fault]:
    """What a cell of a column can have wrong: its kind, then its choices and bounds."""
    kind = find_kind(column.kind)
    faults = list(kind.faults)
    if column.required:
        faults.insert(0, Fault("required", "{cell} is null", "is empty.", "Fill it in."))
    if column.choices:
        listed = ", ".join(column.choices)
        allowed = ", ".join(f"'{choice}'" for choice in column.choices)
        faults.append(
            Fault(
                "choice", f"{{cell}} not in ({allowed})", "is not known.", f"Write one of {listed}."
            )
        )
    for bound, compare, words in (
        (column.at_least, "<", "at least"),
        (column.above, "<=", "more than"),
        (column.at_most, ">", "at most"),
    ):
        if bound is not None:
            faults.append(
                Fault(
                    "bound",
                    f"{kind.cast} {compare} {bound}",
                    f"must be {words} {bound}.",
                    "Correct it.",
                )
            )
    return faults
