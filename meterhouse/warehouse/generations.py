"""The generations of published marts: $HOME/.marts/<n>, one of which readers see by $HOME/marts."""

import re
from pathlib import Path

LINK, FOLDER = "marts", ".marts"


def published_folder(home: Path) -> Path | None:
    """The folder of the generation that readers see; None if none is published."""
    number = published_generation(home)
    return None if number is None else Path(home) / FOLDER / str(number)


def published_generation(home: Path) -> int | None:
    """The number of the generation that readers see; None if none is published."""
    return linked(Path(home) / LINK)


def all_folders(home: Path) -> list[Path]:
    """The folders of all generations that are kept, the one that readers see first, then the newest
    first. They are there too when the link is gone or points elsewhere."""
    folder = Path(home) / FOLDER
    seen = published_generation(home)
    numbers = sorted(generations(folder), key=lambda number: (number != seen, -number))
    return [folder / str(number) for number in numbers]


def linked(link: Path) -> int | None:
    """The number of the generation that a link names, if it is there."""
    if not link.is_symlink() or not link.exists():
        return None
    target = link.readlink().name
    return int(target) if re.fullmatch("[0-9]+", target) else None


def generations(folder: Path) -> list[int]:
    """The numbers of the generations in a folder, in any order."""
    if not folder.is_dir():
        return []
    return [
        int(path.name)
        for path in folder.iterdir()
        if re.fullmatch("[0-9]+", path.name) and path.is_dir()
    ]
