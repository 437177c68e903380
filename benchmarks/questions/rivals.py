"""The pipeline against what a user would pick instead."""

from benchmarks.bench import Bench
from benchmarks.contestants.contest import ALL, contest
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, factors


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """The pipeline, PostgreSQL and pandas."""
    return contest(bench, sizes, ["pipeline", "postgres", "pandas"])


def tell(rows: Rows) -> list[str]:
    """The costs and the factors."""
    return [
        *cost_table(rows, "events"),
        "",
        *factors(
            rows,
            ALL,
            "pipeline",
            ["postgres", "pandas"],
            "goal: below 1 × from 1,000,000 on, falling",
        ),
    ]


QUESTION = Question(
    "rivals",
    "Against what a user would pick instead",
    measure,
    tell,
    quick=(0.1, 1),
    full=(0.1, 1, 10),
)
