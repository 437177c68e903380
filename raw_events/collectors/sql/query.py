"""The SELECT of a SQL collector: one statement, with `$1` and `$2` for the window."""

import re
from datetime import datetime

from raw_events.collectors.head import Head

# What may hold a `;` or a `$1` that is none: comments, strings, quoted names, dollar quotes.
_QUOTED = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$"""
    r"""|(?P<end>;)|(?P<parameter>\$[0-9]+)""",
    re.DOTALL,
)
# Atomic: where one ends is not tried again, which took twice as long with each comment more.
_COMMENTS = r"(?>\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*)"
_SELECT = re.compile(rf"{_COMMENTS}(select|with)\b", re.IGNORECASE | re.DOTALL)


class WindowQuery:
    """The query of a collector. Raises CollectorFault for what is no SELECT over a window."""

    def __init__(self, head: Head, text: str):
        if not _SELECT.match(text):
            raise head.fault("behind its settings must stand one SELECT")
        # A comment at the end must not swallow what a driver puts behind the statement.
        self._text = text.strip() + "\n"
        ends = [match.start() for match in _QUOTED.finditer(self._text) if match["end"]]
        if ends:
            rest = self._text[ends[0] + 1 :]
            if not re.fullmatch(_COMMENTS, rest, re.DOTALL):
                raise head.fault("there is more than one statement in it, and a collector has one")
            self._text = self._text[: ends[0]] + "\n"
        found = {match["parameter"] for match in _QUOTED.finditer(self._text)} - {None}
        if found != {"$1", "$2"}:
            raise head.fault(
                "its SELECT must ask for a window with $1 and $2, and nothing else, as in "
                "`where finished_at >= $1 and finished_at < $2`"
            )

    def over(self, begin: datetime, end: datetime, form: str) -> str:
        """The statement for [begin, end); `form` is how the database writes an instant, as of
        strftime. The instants are made here, so nothing is quoted."""
        instants = {"$1": begin.strftime(form), "$2": end.strftime(form)}
        return _QUOTED.sub(lambda found: instants.get(found[0], found[0]), self._text)
