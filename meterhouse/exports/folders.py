"""Folders that are replaced as a whole: whoever looks finds the old one or the new one (S-79)."""

import ctypes
import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from meterhouse.common.alone import folder_held, is_folder_held
from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.published import MARK
from raw_events.common.files import sync_path
from raw_events.common.text import shown

# Of renameat2: relative to the working directory; both names change places in one step.
_HERE, _EXCHANGE = -100, 2
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


@contextmanager
def replaced_folder(folder: Path, mark: Mapping[str, object]) -> Iterator[Path]:
    """An empty folder that takes the place of `folder`, with `mark` as its MARK, if the body
    succeeds.

    `folder` is new, empty or of an export before, of the same form and customer; else
    ExportRefused. What an export that was killed left beside it is removed.
    """
    _check_replaced(folder, mark)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as until_done:
        with folder_held(folder.parent):
            _remove_leftovers(folder)
            draft = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
            draft.mkdir()
            # Held while it is written: so it is told from what a killed export left.
            until_done.enter_context(folder_held(draft))
        # What was there before lies there in the end, or what did not become whole.
        until_done.callback(shutil.rmtree, draft, ignore_errors=True)
        yield draft
        with (draft / MARK).open("w", encoding="utf-8") as file:
            file.write(json.dumps(mark, indent=1) + "\n")
        sync_path(draft / MARK)
        with folder_held(folder.parent):
            _take_place(draft, folder)


def read_mark(folder: Path) -> dict[str, object]:
    """What MARK of a folder says; {} if there is none, or it is none of ours."""
    try:
        found = json.loads((folder / MARK).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _check_replaced(folder: Path, mark: Mapping[str, object]) -> None:
    """A folder of another customer may be somebody's to read; one of another form, its history."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    found = read_mark(folder)
    if found and all(found.get(name) == mark.get(name) for name in ("form", "customer_id")):
        return
    has = "something else in it than an export"
    if found:
        of = f" of {shown(found['customer_id'])}" if "customer_id" in found else ""
        has = f"an export in it as {shown(found.get('form', 'another form'))}{of}"
    raise ExportRefused(f"{folder} has {has}. Name a new folder, or one that the same export made.")


def _take_place(draft: Path, folder: Path) -> None:
    if not folder.exists():
        draft.rename(folder)
    elif not _exchanged(draft, folder):
        # Where the system cannot exchange two names, there is a moment without either.
        old = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        folder.rename(old)
        try:
            draft.rename(folder)
        except OSError:
            old.rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)
    sync_path(folder.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Let two names change places; False where the system or its disk does not know how."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), str(other))


def _remove_leftovers(folder: Path) -> None:
    """Drafts beside `folder` that nobody holds any more: their export was killed."""
    begins = f".{folder.name}."
    for path in folder.parent.iterdir():
        ending = path.name.removeprefix(begins)
        if ending != path.name and len(ending) == 32 and path.is_dir() and not is_folder_held(path):
            shutil.rmtree(path, ignore_errors=True)
