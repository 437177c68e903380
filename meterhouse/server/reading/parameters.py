"""The parameters of a request: each is read as what it is, and none is passed over."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from meterhouse.server.reading.errors import Refused

MAX_LIMIT = 100


class Asked:
    """What a query string (texts) or a JSON body (typed) gives. Null is as if it were not there.

    `path` is where it was asked, customer and all: a page of one is no page of another. `done`
    refuses what nobody has read, so a misspelled or unknown parameter is never ignored.
    """

    def __init__(self, query: Mapping[str, str], body: Mapping[str, Any], path: Sequence[str] = ()):
        self._path = list(path)
        for name in query:
            if name in body:
                raise Refused(400, f"{name} stands in the query string and in the body.")
        self._given: dict[str, Any] = {**query, **body}
        self._read: set[str] = set()

    def value(self, name: str) -> Any:
        """As it was sent; None if it was not."""
        self._read.add(name)
        return self._given.get(name)

    def text(self, name: str, required: bool = False) -> str | None:
        """A text that is not empty."""
        found = self.value(name)
        if found is None:
            if required:
                raise Refused(400, f"{name} is missing; it is required.")
            return None
        if not isinstance(found, str) or not found:
            raise wrong(name, found, "a text that is not empty")
        return found

    def needed(self, name: str) -> str:
        """A text that must be there."""
        return self.text(name, required=True) or ""

    def choice(self, name: str, choices: tuple[str, ...], required: bool = False) -> str | None:
        """One of `choices`, in any case."""
        found = self.text(name, required)
        if found is None:
            return None
        for one in choices:
            if found.lower() == one.lower():
                return one
        raise wrong(name, found, f"one of {', '.join(choices)}")

    def boolean(self, name: str) -> bool | None:
        """True or false, in a query string as text."""
        found = self.value(name)
        if isinstance(found, str):
            found = {"true": True, "false": False}.get(found.lower(), found)
        if found is not None and not isinstance(found, bool):
            raise wrong(name, found, "true or false")
        return found

    def limit(self, default: int, at_most: int = MAX_LIMIT) -> int:
        """How many results a page may have."""
        found: Any = self.value("limit")
        if isinstance(found, str) and found.isascii() and found.isdecimal():
            found = int(found[:9])
        if found is None:
            return default
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= at_most:
            raise wrong("limit", found, f"a whole number from 1 to {at_most}")
        return int(found)

    def instant(self, name: str, required: bool = False) -> datetime | None:
        """RFC 3339, in UTC without a zone; one without a zone is UTC (S-1), a date its midnight."""
        found = self.text(name, required)
        if found is None:
            return None
        try:
            moment = datetime.fromisoformat(found)
            if moment.tzinfo is not None:
                moment = moment.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError) as error:
            raise wrong(name, found, "an instant such as 2026-02-01T00:00:00Z") from error
        return moment

    def texts(self, name: str, at_most: int) -> list[str] | None:
        """A list of texts; in a query string with commas between, as the SDK writes it."""
        found = self.value(name)
        if isinstance(found, str):
            found = found.split(",")
        if found is None:
            return None
        return text_list(name, found, at_most)

    def refuse(self, name: str, why: str) -> None:
        """400 if the parameter is there: it cannot be served."""
        if self.value(name) is not None:
            raise Refused(400, f"{name} cannot be served: {why}")

    def done(self) -> None:
        """400 for parameters that the route does not know."""
        unknown = sorted(name for name in self._given if name not in self._read)
        if unknown:
            known = ", ".join(sorted(self._read)) or "none"
            raise Refused(400, f"Unknown parameter {', '.join(unknown)}; known are: {known}.")

    def digest(self) -> str:
        """A few digits that tell one question from another, apart from its page."""
        asked = {
            name: value
            for name, value in self._given.items()
            if name not in ("next_page", "limit") and value is not None
        }
        text = json.dumps([self._path, asked], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def text_list(name: str, found: object, at_most: int) -> list[str]:
    """A list of texts that are not empty, `at_most` of them."""
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise wrong(name, found, "a list of texts, none of them empty")
    if len(found) > at_most:
        raise Refused(400, f"{name} has {len(found)} entries; at most {at_most} are taken.")
    return found


def wrong(name: str, found: object, expected: str) -> Refused:
    """400: a parameter is not what it must be."""
    shown = json.dumps(found, default=str)
    shown = shown if len(shown) <= 100 else shown[:100] + "…"
    return Refused(400, f"{name} is {shown}; it must be {expected}.")
