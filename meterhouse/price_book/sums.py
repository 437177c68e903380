"""`files.sha256` of a frozen price book: the bytes of its files, in the form of `sha256sum`.

The digest that names a book is of its content, the same from CSV and Parquet; a flipped bit that
leaves the content as it was, or makes a file unreadable, is found and named by these.
"""

from pathlib import Path

from raw_events.common.files import file_sha256

NAME = "files.sha256"


def write_sums(directory: Path) -> Path:
    """Write the sums of all Parquet files below `directory`; gives the file."""
    lines = [
        f"{file_sha256(path)}  {path.relative_to(directory).as_posix()}\n"
        for path in sorted(directory.rglob("*.parquet"))
    ]
    target = directory / NAME
    target.write_text("".join(lines), "utf-8")
    return target


def broken_sums(directory: Path) -> list[str]:
    """A sentence for each file that is not as it was frozen; none for a book without sums."""
    sums = directory / NAME
    if not sums.is_file():
        return []
    problems, listed = [], set()
    # Not splitlines: a flipped bit makes another end of line of a line feed.
    for line in sums.read_bytes().decode("utf-8", "replace").removesuffix("\n").split("\n"):
        digest, _, name = line.partition("  ")
        listed.add(name)
        path = directory / name
        if not path.is_file():
            problems.append(f"{path} is missing, or {NAME} beside it was changed")
        elif file_sha256(path) != digest:
            problems.append(f"{path} has other bytes than were frozen (or {NAME} was changed)")
    found = {path.relative_to(directory).as_posix() for path in directory.rglob("*.parquet")}
    problems += [f"{directory / name} is not in {NAME}" for name in sorted(found - listed)]
    return problems
