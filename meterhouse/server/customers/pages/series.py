"""Amounts or quantities by day as a table: a row a day, a column for each of the largest series."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

# As many as can be told apart by colour.
MOST_SERIES = 7
OTHERS = "Others"


@dataclass(frozen=True)
class Series:
    """`names` of the columns; `rows`: a day and its values, in the order of `names`.

    A value is null where there is none and that is not the same as zero. `adds_up`: whether the
    series may be stacked; `left_out`: how many have no column.
    """

    names: Sequence[str]
    rows: Sequence[tuple[date, Sequence[Decimal | None]]]
    adds_up: bool = True
    left_out: int = 0

    def totals(self) -> list[Decimal]:
        """The sum of each column."""
        return [
            sum((row[1][place] or Decimal(0) for row in self.rows), Decimal(0))
            for place in range(len(self.names))
        ]

    def total(self) -> Decimal:
        """The sum of all."""
        return sum(self.totals(), Decimal(0))


def by_day(
    values: Iterable[tuple[date, str, Decimal]], first: date, last: date, *, adds_up: bool = True
) -> Series:
    """Days `first` to `last`, all of them. What does not add up has no column for the others."""
    nothing = Decimal(0) if adds_up else None
    cells: dict[tuple[date, str], Decimal] = {}
    weights: dict[str, Decimal] = defaultdict(Decimal)
    for day, name, value in values:
        cells[day, name] = cells.get((day, name), Decimal(0)) + value
        weights[name] += abs(value)
    order = sorted(weights, key=lambda name: (-weights[name], name))
    shown = order if len(order) <= MOST_SERIES + adds_up else order[:MOST_SERIES]
    rest = order[len(shown) :]
    days = [first + timedelta(number) for number in range((last - first).days + 1)]
    rows = []
    for day in days:
        row = [cells.get((day, name), nothing) for name in shown]
        if rest and adds_up:
            row.append(sum((cells.get((day, name), Decimal(0)) for name in rest), Decimal(0)))
        rows.append((day, row))
    names = [*shown, OTHERS] if rest and adds_up else shown
    return Series(names, rows, adds_up, len(rest))
