"""What dbt and DuckDB say of a metric's model, in an analyst's words, with the file's name."""

import re
from pathlib import Path

MISMATCH = re.compile(
    r"^\|\s*(?P<column>\w+)\s*\|\s*(?P<given>.*?)\s*\|\s*(?P<wanted>.*?)\s*\|\s*(?P<why>\D+?)\s*\|$"
)
HEADINGS = ("Compilation Error in", "Runtime Error in", "Database Error in", "> called by", "> in ")


def in_analysts_words(message: str, sql: Path) -> str:
    """The message of a failed build of one metric version, whose file is `sql`."""
    lines = [line.strip() for line in message.splitlines()]
    mismatches = [found for line in lines if (found := MISMATCH.match(line))]
    said = [text for found in mismatches if (text := _of_column(found, sql))]
    if said:
        return "\n".join(said)
    expected = re.search(r"Invalid column name: '(\w+)' in unit test fixture for expected", message)
    if expected:
        return _missing(expected[1], sql)
    unknown = re.search(
        r'Referenced column "(\w+)" not found|Column "(\w+)" referenced that exists', message
    )
    if unknown:
        name = unknown[1] or unknown[2]
        return (
            f"{sql} reads {name}, which is no column there. A property is read by "
            f"{{{{ property_text('{name}') }}}} or {{{{ property_number('{name}') }}}}; "
            "billable_events() has contract_id, window_start, window_end, price_book, "
            "event_type, event_date, "
            "timestamp, event_seq, transaction_id, properties and property_texts."
        )
    kept = [line for line in lines if line and not line.startswith(HEADINGS)]
    return "\n".join([f"{sql} does not work:", *kept])


def _missing(column: str, sql: Path) -> str:
    what = "the quantity" if column == "quantity" else "which its YAML has"
    return f"{sql} gives no column {column}, {what}: name an expression `as {column}`."


def _of_column(found: re.Match[str], sql: Path) -> str | None:
    column, given, wanted, why = found["column"], found["given"], found["wanted"], found["why"]
    if why == "missing in definition":
        return _missing(column, sql)
    if why == "missing in contract":
        return (
            f"{sql} gives a column {column} that its YAML does not have: take it out, or add it to "
            "`columns` and `group_keys`."
        )
    if why == "data type mismatch":
        way = "to_quantity(…)" if column == "quantity" else f"property_text('{column}')"
        return f"{sql} gives {column} as {given}, and should as {wanted}: use {{{{ {way} }}}}."
    return None
