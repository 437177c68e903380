"""Which files of a published generation hold a mart: the one place that knows.

Every mart is `<mart>.parquet`. A mart that grows with history is written in parts as well
(meterhouse/warehouse/mart_parts.py), `parts/<mart>/<part>.parquet`; beyond a size
(METERHOUSE_SINGLE_FILE_MB) the parts
alone are there. Read in the order of their names, they are the single file's rows in its order.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from raw_events.common.sql import literals

PARTS = "parts"
# What each part was made of, beside the parts: equal, and the next publication takes the file.
MADE_OF = "parts.json"


@dataclass(frozen=True)
class PartState:
    """`made_of`: the fingerprint of what a part was made of, null if unknown; `rows`: how many."""

    made_of: str | None
    rows: int


def single_name(mart: str) -> str:
    """The name of a mart's single file in the folder of its generation."""
    return f"{mart}.parquet"


def part_name(mart: str, part: str) -> str:
    """The name of a part in the folder of its generation, with slashes."""
    return f"{PARTS}/{mart}/{part}.parquet"


def mart_of(name: str) -> str:
    """The mart that a published file belongs to, by its name in the folder of its generation."""
    path = Path(name)
    return path.parts[1] if path.parts[0] == PARTS else path.stem


def mart_names(names: Iterable[str], mart: str) -> list[str]:
    """Those among the names of a generation's files that a reader of a mart needs, in order."""
    present = set(names)
    if single_name(mart) in present:
        return [single_name(mart)]
    return part_names(present, mart)


def part_names(names: Iterable[str], mart: str) -> list[str]:
    """Those among the names that are parts of a mart, in order; [] if it has none."""
    folder = f"{PARTS}/{mart}/"
    return sorted(name for name in names if name.startswith(folder))


def mart_files(folder: Path, mart: str) -> list[Path]:
    """The files with a mart's rows, in order: the single file, else its parts; [] if it is none.

    `folder` is that of one generation, so follow the link $HOME/marts once (`resolve`).
    """
    single = folder / single_name(mart)
    if single.is_file():
        return [single]
    return sorted((folder / PARTS / mart).glob("*.parquet"))


def mart_sql(folder: Path, mart: str) -> str | None:
    """A mart as a SQL relation; None if it is not published there."""
    files = mart_files(folder, mart)
    return f"read_parquet([{literals(files)}])" if files else None


def files_in(folder: Path) -> dict[str, Path]:
    """All files of a generation by their names in its folder, parts too."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {name: path for name, path in found.items() if path.is_symlink() or not path.is_dir()}


def read_parts(folder: Path | None) -> dict[str, dict[str, PartState]]:
    """Mart → part → its state, as the generation in `folder` noted it; {} if it cannot be read.

    Nothing is lost then: parts whose origin is unknown are written again.
    """
    try:
        text = (folder / MADE_OF).read_text("utf-8") if folder else "{}"
        return {
            str(mart): {str(part): PartState(**state) for part, state in parts.items()}
            for mart, parts in json.loads(text).items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_parts(folder: Path, parts: dict[str, dict[str, PartState]]) -> None:
    """Note the states beside the parts; the same states give the same bytes."""
    noted = {
        mart: {part: state.__dict__ for part, state in states.items()}
        for mart, states in parts.items()
    }
    text = json.dumps(noted, indent=1, sort_keys=True) + "\n"
    (folder / MADE_OF).write_text(text, "utf-8")
