"""Checksums: the SHA-256 of files of a Delta log that nothing else vouches for (S-47).

Every entry records the digest of the entry before it, so only the last one could change unseen.
Its digest, and those of Delta's checkpoints, stand beside the log in `_seals/`, in the form that
`sha256sum --check` reads. A crash before the checksum is written leaves the last entry without one
until the next entry names it.
"""

import contextlib
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
