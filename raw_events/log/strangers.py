"""What lies in the folders of a Delta log and does not belong there (S-47).

Entries name what is read here, but other engines list a folder, and Delta reads a checkpoint.
"""

import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from raw_events.common.files import file_sha256
from raw_events.log.checksums import FOLDER

_ENTRY = re.compile(r"[0-9]{20}\.json")
_CHECKPOINT = re.compile(r"([0-9]{20})\.checkpoint.*\.parquet")
_LAST_CHECKPOINT = "_last_checkpoint"
_SEAL = re.compile(r"[0-9]{20}\.(json|checkpoint.*\.parquet)\.sha256")
# The quarantine's lock, and what a process writes before it is whole; a killed one leaves that for
# a day (common/files.py).
_WRITING = re.compile(
    r"\.lock|\.writing-.*\.tmp|\..*-[0-9]+\.tmp|_commit_.*\.json\.tmp|.*\.json#[0-9]+"
)
_NAMED_BY_CONTENT = re.compile(r"[a-z0-9-]+-([0-9a-f]{24,64})\.parquet")


def strangers(root: Path, named: Collection[str], folders: Collection[str] = ()) -> list[Path]:
    """Files and folders below the log `root` that neither its entries name nor Meterhouse writes.

    `named`: the files that entries name, relative to `root`; `folders`: folders of such files below
    it. A file named after its content is what a killed landing left behind before its entry: it is
    no stranger while its bytes are those of its name.
    """
    return [path for path in _below(root, folders) if not _belongs(root, path, named)]


def _below(root: Path, folders: Collection[str]) -> Iterator[Path]:
    if not root.is_dir():
        return
    inside = {"_delta_log", FOLDER, *folders}
    for path in sorted(root.iterdir()):
        if path.name in inside and path.is_dir() and not path.is_symlink():
            yield from sorted(path.iterdir())
        else:
            yield path


def _belongs(root: Path, path: Path, named: Collection[str]) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    if path.relative_to(root).as_posix() in named or _WRITING.fullmatch(path.name):
        return True
    if path.parent.name == "_delta_log":
        return _is_delta(path)
    if path.parent.name == FOLDER:
        return _SEAL.fullmatch(path.name) is not None
    found = _NAMED_BY_CONTENT.fullmatch(path.name)
    return found is not None and file_sha256(path).startswith(found[1])


def _is_delta(path: Path) -> bool:
    """An entry; a checkpoint that can be read; the note of the last checkpoint, if it is there.

    Delta reads a checkpoint instead of the entries before it, so one that is torn, or not Delta's,
    stops the next entry. A checksum (checksums.py) says more of it, where there is one.
    """
    if _CHECKPOINT.fullmatch(path.name):
        try:
            return {"add", "protocol"} <= set(pq.read_schema(path).names)
        except (OSError, ValueError):
            return False
    if path.name == _LAST_CHECKPOINT:
        try:
            version = int(json.loads(path.read_text("utf-8"))["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return any(path.parent.glob(f"{version:020d}.checkpoint*.parquet"))
    return _ENTRY.fullmatch(path.name) is not None
