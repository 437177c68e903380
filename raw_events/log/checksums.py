"""Seals: the SHA-256 of files of a Delta log that nothing else vouches for (S-47).

Every commit records the digest of the commit before it, so only the last one could change unseen.
Its digest, and those of Delta's checkpoints, stand beside the log in `_seals/`, in the form that
`sha256sum --check` reads. A crash before the seal is written leaves the last commit without one
until the next commit names it.
"""

import contextlib
from pathlib import Path

from raw_events.common.files import file_sha256, replaced_file

FOLDER = "_seals"


def record_checksum(path: Path) -> None:
    """Seal a commit file and its checkpoint, if it has one; the seals of earlier commits go.

    The commit is durable already, so a disk that is full now is not an error of the commit.
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
    """The sealed files of a `_delta_log` folder that are not as they were, with what is wrong."""
    problems = []
    for seal in sorted((log_folder.parent / FOLDER).glob("*.sha256")):
        file = log_folder / seal.name.removesuffix(".sha256")
        if not file.is_file():
            problems.append((file, "is missing; restore it from a backup"))
        elif seal.read_bytes() != f"{file_sha256(file)}  {file.name}\n".encode():
            problems.append((file, f"it, or its seal {FOLDER}/{seal.name}, was changed"))
    return problems
