"""What is wrong with a price book, in the words of the person who edits it."""

from collections import Counter
from dataclasses import dataclass

# Of one rule in one file: a list of a million contracts must not bury the rest.
SHOWN_WARNINGS = 10


@dataclass(frozen=True)
class Problem:
    """One thing to correct.

    `row` counts as a spreadsheet does: the header is row 1, the first record row 2. In a Parquet
    file, which has no header row, the first record is row 1. `row` and `column` are None where the
    problem is that of the whole file. `rule` is a stable name for tests and scripts to hold on to.
    """

    file: str
    row: int | None
    column: str | None
    rule: str
    message: str
    next_step: str

    def __str__(self) -> str:
        place = [f"row {self.row}"] if self.row is not None else []
        place += [f"column {self.column}"] if self.column else []
        where = f"{', '.join(place)}: " if place else ""
        return f"{where}{self.message} {self.next_step} [{self.rule}]"


def in_file_order(problems: list[Problem]) -> list[Problem]:
    """The problems by file, row, column and rule; those of a whole file first."""
    return sorted(
        problems,
        key=lambda found: (found.file, found.row or 0, found.column or "", found.rule),
    )


def warning_lines(warnings: list[Problem], at_most: int = SHOWN_WARNINGS) -> list[str]:
    """A line for each warning, of one rule in one file no more than `at_most`."""
    lines, counted = [], Counter((found.file, found.rule) for found in warnings)
    shown: Counter[tuple[str, str]] = Counter()
    for found in warnings:
        key = (found.file, found.rule)
        shown[key] += 1
        if shown[key] <= at_most:
            lines.append(f"Warning: {found.file}, {found}")
        if shown[key] == at_most < counted[key]:
            more = counted[key] - at_most
            lines.append(f"Warning: {found.file}, and {more:,} more rows like that [{found.rule}]")
    return lines


class PriceBookError(ValueError):
    """A price book that is not valid (S-46); `problems` has all of them, `str()` prints all."""

    exit_status = 2

    def __init__(self, where: object, problems: list[Problem]) -> None:
        self.problems = in_file_order(problems)
        self.where = str(where)
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        lines = [f"The price book in {self.where} has {count} {noun}. Nothing was rated (S-46)."]
        file = None
        for problem in self.problems:
            if problem.file != file:
                file = problem.file
                lines += ["", file]
            lines.append(f"  {problem}")
        return "\n".join(lines)
