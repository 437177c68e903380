"""How close is the whole pipeline to the least that the same numbers can cost?"""

from benchmarks.bench import Bench
from benchmarks.contestants.contest import ALL, contest
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import cost_table, factors


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """The pipeline against one script."""
    return contest(bench, sizes, ["pipeline", "script"])


def tell(rows: Rows) -> list[str]:
    """The costs and the factor."""
    return [
        *cost_table(rows, "events"),
        "",
        *factors(rows, ALL, "pipeline", ["script"], "goal: at most 3 × at 10,000,000, falling"),
    ]


QUESTION = Question(
    "limit", "How close to the limit?", measure, tell, quick=(0.1, 1), full=(1, 10, 30)
)
