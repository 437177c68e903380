"""Names and texts inside SQL: the one place that quotes them."""

from collections.abc import Iterable


def literal(value: object) -> str:
    """A text or a path as a literal of SQL, quotes included: `it's` → `'it''s'`."""
    return "'" + str(value).replace("'", "''") + "'"


def literals(values: Iterable[object]) -> str:
    """Texts or paths as literals with commas between, as a list or an `in` takes them."""
    return ", ".join(map(literal, values))


def identifier(name: str) -> str:
    """A name as an identifier of SQL, quotes included; a quote inside is doubled."""
    return '"' + name.replace('"', '""') + '"'
