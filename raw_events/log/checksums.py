"""Checksums: the SHA-256 of files of a Delta log that nothing else vouches for (S-47).

Every entry records the digest of the entry before it, so only the last one could change unseen.
Its digest, and those of Delta's checkpoints, stand beside the log in `_seals/`, in the form that
`sha256sum --check` reads. A crash before the checksum is written leaves the last entry without one
until the next entry names it.
"""

import contextlib
import time
from pathlib import Path

from raw_events.common.files import file_sha256, replaced_file

# The name that data directories of release 0.1 have.
FOLDER = "_seals"


def record_checksum(path: Path) -> None:
    """Record the checksum of an entry file and its checkpoint, if any; those of earlier entries go.

    The entry is durable already, so a disk that is full now is not an error of the entry.
    """
    folder = path.parent.parent / FOLDER
    with contextlib.suppress(OSError):
        for file in (path, *path.parent.glob(f"{path.stem}.checkpoint*.parquet")):
            with replaced_file(folder / f"{file.name}.sha256") as temporary:
                temporary.write_text(f"{file_sha256(file)}  {file.name}\n", "ascii")
        for old in folder.glob("*.json.sha256"):
            if old.name < f"{path.name}.sha256":
                old.unlink(missing_ok=True)


def missing_checksums(log_folder: Path) -> list[tuple[Path, str]]:
    """The last entry of a `_delta_log` folder if it has no checksum, and what that means.

    Release 0.1 and this one write one with every entry. Of a checkpoint, from which nothing is
    billed, none is missed.
    """
    last = _without_checksum(log_folder)
    if last:
        # A landing may be between its entry and the checksum at this moment.
        time.sleep(1)
        last = _without_checksum(log_folder)
    return [
        (
            file,
            f"has no checksum {FOLDER}/{file.name}.sha256: that was removed, or the process was "
            "killed just before it was written, or entries after this one were removed, for the "
            "last alone has one; restore it from a backup, or compare this file with the one "
            "there. The next entry vouches for this one",
        )
        for file in last
    ]


def _without_checksum(log_folder: Path) -> list[Path]:
    entries = sorted(log_folder.glob("[0-9]*.json"))
    # The creation of a table is vouched for by the first entry after it.
    if len(entries) < 2 or _checksum_of(entries[-1]).is_file() or _was_killed(entries):
        return []
    return entries[-1:]


def _was_killed(entries: list[Path]) -> bool:
    """Whether the last entry's checksum was never written: then that of the one before is there.

    It goes only after the new one is written. Before the first of all there is no folder for them.
    """
    first = len(entries) == 2 and not (entries[0].parent.parent / FOLDER).exists()
    return first or _checksum_of(entries[-2]).is_file()


def _checksum_of(path: Path) -> Path:
    return path.parent.parent / FOLDER / f"{path.name}.sha256"


def broken_checksums(log_folder: Path) -> list[tuple[Path, str]]:
    """Files of a `_delta_log` folder that are not what their checksum says, and what is wrong."""
    problems = []
    for recorded in sorted((log_folder.parent / FOLDER).glob("*.sha256")):
        file = log_folder / recorded.name.removesuffix(".sha256")
        if not file.is_file():
            problems.append((file, "is missing; restore it from a backup"))
        elif recorded.read_bytes() != f"{file_sha256(file)}  {file.name}\n".encode():
            problems.append((file, f"it, or its checksum {FOLDER}/{recorded.name}, was changed"))
    return problems
