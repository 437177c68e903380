"""The index of docs/decisions/, from the first lines of its files."""

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


def decisions_index(root: Path = REPO) -> str:
    """The list of decisions by area. Raises ValueError for a file that does not begin right."""
    areas: dict[str, list[str]] = {}
    for path in sorted((root / "docs/decisions").glob("[0-9]*.md")):
        head, _, facts, *_ = path.read_text(encoding="utf-8").split("\n")
        number, question = head.removeprefix("# ").split(" ", 1)
        area = re.match(r"Area: ([^.]+)\.", facts)
        if area is None or not path.name.startswith(f"{number}-"):
            raise ValueError(f"{path.name}: first line `# NNNN Question?`, third `Area: word.`")
        areas.setdefault(area[1], []).append(f"- [{number}]({path.name}) {question}\n")
    return "\n".join(f"## {area.capitalize()}\n\n{''.join(areas[area])}" for area in sorted(areas))
