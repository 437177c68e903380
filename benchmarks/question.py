"""A question of the benchmark: what is measured, at which sizes, and how it is told."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.rows import Rows


@dataclass(frozen=True)
class Question:
    """`measure(bench, sizes)` gives rows; `tell(rows)` gives the Markdown below the title.

    Sizes are counted in `unit`s: `--sizes 1 10` of a million are 1,000,000 and 10,000,000.
    """

    name: str
    title: str
    measure: Callable[[Bench, list[int]], Rows]
    tell: Callable[[Rows], list[str]]
    quick: tuple[float, ...]
    full: tuple[float, ...]
    unit: int = 1_000_000
