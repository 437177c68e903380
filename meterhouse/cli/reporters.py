"""Progress on a terminal: the stage at work with a bar, and a line for each one that is done."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from meterhouse.common.instants import instant_text
from meterhouse.common.progress import Reporter, summary_line
from meterhouse.warehouse.clock import machine_clock
from raw_events.common.text import shown, shown_lines

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class LiveReporter(Reporter):
    """For runs one after the other: what is news, each line with its moment; no stages."""

    def __init__(self, stream: TextIO | None = None):
        super().__init__(stream)
        self._standing: dict[str, str] = {}

    def say(self, line: str) -> None:
        # No result depends on it.
        moment = instant_text(machine_clock().replace(microsecond=0))
        super().say("\n".join(f"{moment}  {each}" for each in line.splitlines()))

    def stands(self, about: str, what: str, line: str) -> None:
        if self._standing.get(about) != what:
            self.say(line)
        self._standing[about] = what

    def over(self, about: str) -> None:
        self._standing.pop(about, None)

    def idle(self, line: str) -> None:
        pass

    def end(self, stage: str, seconds: float, counts: Mapping[str, object]) -> None:
        pass


class TerminalReporter(Reporter):
    """Needs a rich `Progress` that is running."""

    def __init__(self, progress: "Progress"):
        super().__init__()
        self.progress = progress

    def begin(self, stage: str) -> None:
        self.task: TaskID = self.progress.add_task(shown(stage), total=None, what="")

    def step(self, stage: str, done: int, total: int | None, what: str) -> None:
        self.progress.update(self.task, completed=done, total=total, what=shown(what))

    def say(self, line: str) -> None:
        self.progress.console.print(shown_lines(line), highlight=False, markup=False)

    def drop(self) -> None:
        self.progress.remove_task(self.task)

    def end(self, stage: str, seconds: float, counts: Mapping[str, object]) -> None:
        self.drop()
        self.say(summary_line(stage, seconds, counts))


@contextmanager
def reporter_for(stream: TextIO) -> Iterator[Reporter]:
    """A bar on a terminal, plain lines in a pipe or a log."""
    if not stream.isatty():
        yield Reporter(stream)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<14}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}", style="dim", markup=False),
    )
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        yield TerminalReporter(progress)
