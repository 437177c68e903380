"""Pages: `next_page` names the publication, the question and the last row that was given."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.publication import Publication

_STEP = "Start again without next_page."
_DAY, _WHOLE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), re.compile(r"[0-9]{1,9}")

# How a part of a sort key, always a text in the page, is read; ValueError for what is none.
Part = Callable[[str], Any]
TEXT: Part = str


def day(text: str) -> date:
    """YYYY-MM-DD."""
    if not _DAY.fullmatch(text):
        raise ValueError("no date")
    return date.fromisoformat(text)


def whole(text: str) -> int:
    """A whole number, such as a version."""
    if not _WHOLE.fullmatch(text):
        raise ValueError("no whole number")
    return int(text)


@dataclass(frozen=True)
class Place:
    """Where a page begins: behind the row whose sort key is `after`, [] for the first page."""

    publication: str | None
    after: list[Any]


def place_of(asked: Asked) -> Place:
    """The place that `next_page` names.

    Raises Refused (400) if it is none of ours, or belongs to a question with other parameters:
    going on with it would leave rows out.
    """
    text = asked.text("next_page")
    if text is None:
        return Place(None, [])
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
        publication, digest, after = found
        if not (isinstance(publication, str) and isinstance(after, list) and after):
            raise TypeError("not of that form")
        publication.encode()
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise Refused(400, f"next_page is not one that this server gave. {_STEP}") from error
    if digest != asked.digest():
        raise Refused(400, f"next_page belongs to a request with other parameters. {_STEP}")
    return Place(publication, after)


def next_page(asked: Asked, at: Publication, last: list[Any]) -> str:
    """The `next_page` for what follows the row with the sort key `last`."""
    content = json.dumps([at.name, asked.digest(), last], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode()


def key_after(place: Place, parts: Mapping[str, Part]) -> dict[str, Any]:
    """The sort key of the last row given, by the names of its parts; all None for the first page.

    Whoever sends a page may have made it up: a part that is not what the list sorts by is refused
    here (400), before a query meets it.
    """
    if not place.after:
        return dict.fromkeys(parts)
    try:
        pairs = zip(parts.items(), place.after, strict=True)
        return {name: read(_text(given)) for (name, read), given in pairs}
    except ValueError as error:
        raise Refused(400, f"next_page does not belong to this list. {_STEP}") from error


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("no text")
    # Half a surrogate pair is JSON and no text: UnicodeEncodeError is a ValueError.
    given.encode()
    return given
