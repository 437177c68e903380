"""Pages of docs/ that follow from other files: `make docs` writes them, tests compare them.

A page that is made here has a text above the mark that people write, and below it what this module
writes. Nothing above the mark is touched.
"""

import re
from collections.abc import Callable
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
MARK = "<!-- `make docs` writes what follows -->\n"


def decisions_index(root: Path = REPO) -> str:
    """The list of decisions by area, from the first lines of their files."""
    areas: dict[str, list[str]] = {}
    for path in sorted((root / "docs/decisions").glob("[0-9]*.md")):
        head, _, facts, *_ = path.read_text(encoding="utf-8").split("\n")
        number, question = head.removeprefix("# ").split(" ", 1)
        area = re.match(r"Area: ([^.]+)\.", facts)
        if area is None or not path.name.startswith(f"{number}-"):
            raise ValueError(f"{path.name}: first line `# NNNN Question?`, third `Area: word.`")
        areas.setdefault(area[1], []).append(f"- [{number}]({path.name}) {question}\n")
    return "\n".join(f"## {area.capitalize()}\n\n{''.join(areas[area])}" for area in sorted(areas))


WRITTEN: dict[str, Callable[[], str]] = {"docs/decisions/README.md": decisions_index}


def page(path: str) -> tuple[str, str]:
    """What a page says now, and what it should say."""
    text = (REPO / path).read_text(encoding="utf-8")
    return text, text.split(MARK)[0] + MARK + "\n" + WRITTEN[path]()


if __name__ == "__main__":
    for name in WRITTEN:
        (REPO / name).write_text(page(name)[1], encoding="utf-8")
        print(f"written: {name}")
