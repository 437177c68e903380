"""What a list shows of each row, by what it may be narrowed, and where a cell leads."""

from dataclasses import dataclass
from typing import Any

from meterhouse.common.errors import UsageError
from meterhouse.preview.question import parse_month
from meterhouse.server.reading.parameters import Asked, wrong


@dataclass(frozen=True)
class Column:
    """`kind` says how a cell is written (templates/cells.html); `unit` names the column that has
    the unit of an amount, or is one."""

    name: str
    label: str
    kind: str = "text"
    unit: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it stands at the right."""
        return self.kind in ("money", "number", "seconds")


@dataclass(frozen=True)
class Ask:
    """A field that narrows a list: a text, one of `choices` (value, words), or a month."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    kind: str = "text"

    def read(self, asked: Asked) -> dict[str, Any]:
        """What the query gets by it; null where it was not asked. Raises Refused (400)."""
        if self.choices:
            values = tuple(value for value, _ in self.choices)
            return {self.name: asked.choice(self.name, values)}
        text = asked.text(self.name)
        if self.kind != "month":
            return {self.name: text}
        try:
            month = parse_month(text) if text else None
        except UsageError as error:
            raise wrong(self.name, text, "a month such as 2026-02") from error
        return {
            "month_start": month.start if month else None,
            "month_end": month.end if month else None,
        }


# A list's own search, over a few columns at once.
SEARCH = Ask("search", "Search")
MONTH = Ask("month", "Month", kind="month")


def searched(*columns: str) -> str:
    """SQL: whether one of the columns has the text `$search` in it, in any case."""
    text = f"lower(concat_ws(chr(10), {', '.join(columns)}))"
    return f"coalesce(contains({text}, lower($search)), true)"


def narrowed(*, month: str) -> str:
    """SQL: whether a date is in the month that was asked."""
    return f"coalesce({month} >= $month_start, true) and coalesce({month} < $month_end, true)"
