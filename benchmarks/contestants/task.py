"""What every contestant is asked for."""

from dataclasses import astuple, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Task:
    """Events of `events` from `start` to before `end`, priced with `book`: lines in `output`."""

    events: Path
    book: Path
    output: Path
    start: str
    end: str

    @classmethod
    def of(cls, arguments: list[str]) -> "Task":
        """From the arguments of a command line."""
        events, book, output, start, end = arguments
        return cls(Path(events), Path(book), Path(output), start, end)

    def arguments(self) -> list[str]:
        """For the command line of a contestant's process."""
        return [str(value) for value in astuple(self)]

    def filled(self, text: str) -> str:
        """SQL with the task's names in place."""
        for name in ("events", "book", "start", "end"):
            text = text.replace(f"{{{name}}}", str(getattr(self, name)))
        return text
