"""A report on its way out: with colour on a terminal, else as plain text, cut off nowhere."""

import io
from collections.abc import Sequence

from rich.console import Console, RenderableType

from raw_events.common.text import shown_lines

# Columns of plain text: as wide as its content asks for, so that nothing is folded.
UNLIMITED = 100_000


def print_page(parts: Sequence[RenderableType], console: Console) -> None:
    """Print the parts, one below the other."""
    if console.is_terminal:
        console.print(*parts, sep="\n")
    else:
        print_plain(parts, console)


def print_plain(parts: Sequence[RenderableType], console: Console) -> None:
    """Print the parts as plain text: the same parts give the same bytes."""
    page = io.StringIO()
    plain = Console(file=page, width=UNLIMITED, color_system=None, highlight=False)
    plain.print(*parts, sep="\n")
    for line in page.getvalue().splitlines():
        console.file.write(shown_lines(line.rstrip()) + "\n")
