"""Instants as people type them."""

import re
from datetime import UTC, datetime

from meterhouse.common.errors import UsageError

RFC_3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)


def parse_instant(text: str) -> datetime:
    """RFC 3339 with a zone → UTC with microseconds (S-1); raises UsageError with an example."""
    try:
        if not RFC_3339.fullmatch(text):
            raise ValueError("not of that form")
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"'{text}' is not an instant ({error}). Write RFC 3339 with a zone, "
            "for example 2026-02-01T00:00:00Z or 2026-02-01T01:00:00+01:00."
        ) from error


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC, without a fraction if there is none."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
