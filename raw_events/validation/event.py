"""The event: its fields, its limits and the reasons for which one is rejected (S-5, S-6, S-10)."""

from datetime import timedelta

IDENTITY_FIELDS = ("transaction_id", "customer_id", "event_type")
REQUIRED_FIELDS = (*IDENTITY_FIELDS, "timestamp")
FIELDS = (*REQUIRED_FIELDS, "properties")

# S-5. Characters are Unicode code points, sizes are bytes of UTF-8.
MAX_IDENTITY_CHARACTERS = 128
MAX_PROPERTIES = 2_000
MAX_PROPERTIES_BYTES = 64 * 1024
MAX_LINE_BYTES = 1024 * 1024
# Levels of objects and arrays; the event itself is the first.
MAX_DEPTH = 32

# S-6: both ends are accepted.
OLDEST = timedelta(days=34)
FURTHEST_AHEAD = timedelta(hours=24)

# S-10: a number with more significant digits is not exact when it is read as a JSON number.
EXACT_DIGITS = 15

# In the order in which they are looked for: an event has the first that applies.
REASONS = {
    "bad_encoding": "The line is not UTF-8, or a text has a NUL character or a lone surrogate, "
    "which no database takes (S-5)",
    "too_large": "The line is over 1 MiB, its properties are over 64 KiB as text, or it is nested "
    "deeper than 32 levels (S-5)",
    "not_json": "The line is not JSON (RFC 8259), or not a record that fits the header of its CSV "
    "file (S-5)",
    "not_an_object": "The line is JSON, but not an object with the fields of an event (S-5)",
    "duplicate_key": "An object names a key twice, so that nobody can say which value counts (S-5)",
    "unknown_field": "An event has transaction_id, customer_id, event_type, timestamp and "
    "properties; anything else belongs inside properties (S-5)",
    "missing_field": "A required field is absent, null or empty (S-5)",
    "bad_type": "A required field is not a string, or properties are not an object (S-5)",
    "too_long": "transaction_id, customer_id and event_type have at most 128 characters (S-5)",
    "too_many_properties": "An event has at most 2,000 properties (S-5)",
    "bad_timestamp": "timestamp is not an instant in RFC 3339 with a zone offset, such as "
    "2025-01-31T12:00:00Z (S-5)",
    "too_old": "The event is more than 34 days older than its arrival (S-6)",
    "in_future": "The event is more than 24 hours ahead of its arrival (S-6)",
    # Of the schema of its event type, where that is to keep such events out.
    "schema:required": "A property that the schema of its event type requires is absent (S-64)",
    "schema:type": "A property is not of the type that the schema asks for (S-64)",
    "schema:enum": "A property has none of the values that the schema lists (S-64)",
    "schema:minimum": "A number is below the schema's minimum (S-64)",
    "schema:maximum": "A number is above the schema's maximum (S-64)",
    "schema:minLength": "A text has fewer characters than the schema's minLength (S-64)",
    "schema:maxLength": "A text has more characters than the schema's maxLength (S-64)",
    "schema:pattern": "A text does not match the schema's pattern (S-64)",
    "schema:additionalProperties": "The event has a property that the schema does not have, and "
    "the schema takes no others (S-64)",
}


def reason_sentence(code: str, detail: str | None = None) -> str:
    """What a reason code means, for a person: `…is absent, null or empty (S-5): customer_id.`"""
    return f"{REASONS[code]}: {detail}." if detail else f"{REASONS[code]}."
