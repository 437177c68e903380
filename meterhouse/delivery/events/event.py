"""An event that a webhook tells: when, of what, and the query that finds it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """`when` continues "It is sent when …". `query` has one row per message:

    `identity` (a list of texts: what makes it another message), `subject`, `customer_id` (null: of
    none), `occurred_at`, `data` (JSON). `{invoices}` in it is a mart, `{book.contracts}` a table of
    the price book; `moment.as_of` is the instant of the publication, up to which something has
    happened; what is `at_once` has happened also without a publication since. Amounts are texts.
    """

    name: str
    when: str
    query: str
    at_once: bool = False


def midnight(day: str) -> str:
    """SQL: the instant at which a day begins (S-1)."""
    return f"({day})::timestamp at time zone 'UTC'"


def instant(moment: str) -> str:
    """SQL: an instant as the text of RFC 3339, in UTC."""
    return f"strftime({moment} at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
