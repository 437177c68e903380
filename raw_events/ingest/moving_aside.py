"""Files of the drop folder are moved aside, each with a report; nothing is followed or replaced.

Others may write to the drop folder, and could put a link in place of `landed/` or of a report:
folders and reports are opened so that links do not count.
"""

import hashlib
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from raw_events.common.plain_file import FOLDER, open_plain
from raw_events.common.text import is_text, shown_lines

LANDED, REFUSED = "landed", "refused"
REPORT = ".report.txt"
# Bytes that a name may have, in every file system that matters.
_MOST_NAME_BYTES = 255
# Of a report: what comes from the file may be long.
_LONGEST_REPORT = 4_000
# A letter has at most four bytes.
_LONGEST_READ = 4 * (_LONGEST_REPORT + 1)
# Others may write a report too: a number of thousands of digits is none that Python reads.
_SIZE = re.compile(r"^size ([0-9]{1,19}) bytes$", re.MULTILINE)


class CannotMove(Exception):
    """The file stays where it is; the message says why."""


def make_place(inbox: Path) -> None:
    """`landed/` and `refused/` as folders; what else has such a name is renamed and refused.

    Raises OSError if the drop folder cannot be written.
    """
    for name in (LANDED, REFUSED):
        place = inbox / name
        with suppress(FileNotFoundError):
            if not stat.S_ISDIR(place.lstat().st_mode):
                folder = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    place.rename(inbox / _free_name(folder, f"{name}.not-a-folder"))
                finally:
                    os.close(folder)
        place.mkdir(exist_ok=True)


def move_aside(inbox: Path, path: Path, folder: str, report: str) -> Path:
    """Move a file to `landed/` or `refused/` with its report, and say where it is now.

    It keeps its name; a further one of that name gets a number. Raises CannotMove,
    FileNotFoundError if it is not there any more.
    """
    try:
        target = os.open(inbox / folder, FOLDER)
    except OSError as error:
        raise CannotMove(f"inbox/{folder} cannot be written to: {error.strerror}.") from error
    try:
        name = _free_name(target, path.name)
        try:
            _rename(path, name, target)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise CannotMove(f"It cannot be moved to inbox/{folder}: {error.strerror}.") from error
        _write_report(target, name, report)
        return inbox / folder / name
    finally:
        os.close(target)


def rewrite_report(path: Path, report: str) -> None:
    """Put another report beside a file that was moved aside."""
    folder = os.open(path.parent, FOLDER)
    try:
        with suppress(FileNotFoundError):
            os.unlink(report_name(path.name), dir_fd=folder)
        _write_report(folder, path.name, report)
    finally:
        os.close(folder)


def report_name(name: str) -> str:
    """The name of the report of a file, cut where it would be too long."""
    return _fitting(name, REPORT)


def said_size(report: Path) -> int | None:
    """The size that a report says its file had when it was landed; None if it says none.

    Raises NotPlain, OSError.
    """
    with open_plain(report) as file:
        found = _SIZE.search(file.read(_LONGEST_READ).decode("utf-8", "replace"))
    return int(found[1]) if found else None


def _rename(path: Path, name: str, target: int) -> None:
    # From the folder itself: a link in its place would move a file of somewhere else.
    source = os.open(path.parent, FOLDER)
    try:
        os.rename(path.name, name, src_dir_fd=source, dst_dir_fd=target)
    finally:
        os.close(source)


def _write_report(folder: int, name: str, report: str) -> None:
    text = shown_lines(report)[:_LONGEST_REPORT] + "\n"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    # A full disk has no room for it either: the line of the run says the same.
    with suppress(OSError):
        descriptor = os.open(report_name(name), flags, 0o660, dir_fd=folder)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)


def _free_name(folder: int, wanted: str) -> str:
    name, number = wanted, 1
    while _exists(folder, name) or _exists(folder, report_name(name)):
        number += 1
        name = _fitting(wanted, f".{number}")
    return name


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _fitting(name: str, ending: str) -> str:
    """`name` with an ending; a name that is too long for it is cut, and told apart by a digest."""
    if len(os.fsencode(name + ending)) <= _MOST_NAME_BYTES:
        return name + ending
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
    room = _MOST_NAME_BYTES - len(f"-{digest}{ending}")
    cut = os.fsencode(name)[:room]
    text = cut.decode("utf-8", "ignore") if is_text(name) else os.fsdecode(cut)
    return f"{text}-{digest}{ending}"
