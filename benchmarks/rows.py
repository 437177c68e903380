"""What was measured: one row per contestant, step and size."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.cost import Cost, middle


@dataclass
class Row:
    """The costs of each round; `note` says why there are none; `facts` are further figures."""

    contestant: str
    step: str
    size: int
    costs: list[Cost] = field(default_factory=list)
    note: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def cost(self) -> Cost | None:
        """The median of the rounds."""
        return middle(self.costs) if self.costs else None


class Rows:
    """The rows of one question, in the order they were first named."""

    def __init__(self, rows: Iterable[Row] = ()):
        self._rows = {(row.contestant, row.step, row.size): row for row in rows}

    def row(self, contestant: str, step: str, size: int) -> Row:
        """The row of that name, new if there was none."""
        key = (contestant, step, size)
        return self._rows.setdefault(key, Row(*key))

    def find(self, contestant: str, step: str, size: int) -> Row | None:
        """The row of that name."""
        return self._rows.get((contestant, step, size))

    def wall(self, contestant: str, step: str, size: int) -> float | None:
        """The median wall-clock seconds, None where nothing was measured."""
        row = self.find(contestant, step, size)
        return row.cost.wall if row and row.cost else None

    def sizes(self) -> list[int]:
        """Every size, smallest first."""
        return sorted({row.size for row in self})

    def lines(self) -> list[tuple[str, str]]:
        """Every (contestant, step), in order."""
        return list(dict.fromkeys((row.contestant, row.step) for row in self))

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())
