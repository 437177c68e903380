"""What a preview is asked."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meterhouse.common.errors import UsageError


@dataclass(frozen=True)
class Month:
    """A calendar month, half-open: `start` is its first day, `end` that of the next."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start:%Y-%m}"


@dataclass(frozen=True)
class Question:
    """Either another `version` of `metric`, or the price book in `seeds`.

    `month`: only invoices of periods with days in it, None for all. `customer`: only that one's.
    """

    metric: str | None = None
    version: int | None = None
    seeds: Path | None = None
    month: Month | None = None
    customer: str | None = None

    @property
    def metric_version(self) -> tuple[str, int] | None:
        """The version of a metric that is asked about, None where it is a price book."""
        if self.metric is None or self.version is None:
            return None
        return self.metric, self.version

    @property
    def subject(self) -> str:
        """In words, for a title."""
        return (
            f"{self.metric} version {self.version}" if self.metric else f"price book {self.seeds}"
        )


def parse_month(text: str) -> Month:
    """`2026-03` → that month; UsageError for anything else."""
    try:
        year, month = text.split("-")
        if len(year) != 4 or len(month) != 2:
            raise ValueError
        start = date(int(year), int(month), 1)
        end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    except ValueError as error:
        raise UsageError(f"'{text}' is not a month; write YYYY-MM, for example 2026-03.") from error
    return Month(start, end)
