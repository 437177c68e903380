"""logs/models.log of a data directory: a line for each model and test of the builds so far."""

import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from meterhouse.common.instants import instant_text
from meterhouse.dbt.compiled import Node
from meterhouse.dbt.results import NodeResult
from raw_events.common.text import shown_lines

FILE = "models.log"
# Then it is models.log.1, and a new one begins.
LARGEST = 10_000_000


class BuildLog:
    """Appends; what cannot be written, as on a full disk, stops no build."""

    def __init__(self, folder: Path):
        self.path = folder / FILE
        self.lines: list[str] = []

    def note(self, node: Node, result: NodeResult) -> None:
        """A model or test ended."""
        found = "" if result.rows is None else f"  {result.rows:,} rows"
        if result.failures:
            found = f"  {result.failures:,} failures"
        name = f"{node.schema}.{node.alias}" if not node.is_test else node.name
        self.lines.append(
            f"{instant_text(datetime.now(UTC))}  {result.status:<8}{result.seconds:9.3f} s  "
            f"{name}{found}"
        )
        if result.status == "error":
            self.lines += [f"    {line}" for line in shown_lines(result.message).splitlines()]

    def __enter__(self) -> "BuildLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write the lines: all at once, for a build takes seconds."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.is_file() and self.path.stat().st_size > LARGEST:
                os.replace(self.path, self.path.with_name(f"{FILE}.1"))
            with self.path.open("a", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in self.lines))
        except OSError:
            pass
