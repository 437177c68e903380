"""Files in a folder that others write to, opened through one door (S-67).

A link would lead elsewhere, a pipe would wait for its writer for ever, and opening a device may do
something. Whatever lies below the drop folder is opened here and nowhere else.
"""

import errno
import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

# A folder that is no link.
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_READ_BYTES = 1024 * 1024
_LINK = "a link, and links are not followed here; put the file itself there"
_KINDS = (
    (stat.S_ISDIR, "a folder; name the files in it"),
    (stat.S_ISLNK, _LINK),
    (stat.S_ISFIFO, "a pipe, not a file; write its content into a file first"),
    (stat.S_ISSOCK, "a socket, not a file"),
    (stat.S_ISCHR, "a device, not a file"),
    (stat.S_ISBLK, "a device, not a file"),
)


class NotPlain(OSError):
    """It is no regular file; `what` says what it is, to stand behind "is"."""

    def __init__(self, what: str):
        super().__init__(f"it is {what}")
        self.what = what


def open_plain(path: Path, follow: bool = False) -> BinaryIO:
    """Open a regular file for reading; it never waits. Raises NotPlain, OSError.

    Neither the file nor its folder may be a link, unless `follow`: then a person has named it.
    """
    if follow:
        return _opened(os.fspath(path), None)
    folder = os.open(path.parent, FOLDER)
    try:
        return _opened(path.name, folder)
    except OSError as error:
        # It became one between the two looks.
        raise NotPlain(_LINK) if error.errno == errno.ELOOP else error from None
    finally:
        os.close(folder)


def has_content(path: Path, size: int, sha256: str) -> bool:
    """Whether a file, opened by `open_plain`, has `size` bytes with this SHA-256.

    False for what is no regular file. Raises OSError.
    """
    try:
        file = open_plain(path)
    except NotPlain:
        return False
    with file:
        if os.fstat(file.fileno()).st_size != size:
            return False
        # No byte beyond: it may grow faster than it is read.
        digest = hashlib.sha256()
        while size and (part := file.read(min(size, _READ_BYTES))):
            digest.update(part)
            size -= len(part)
    return digest.hexdigest() == sha256


def holes(file: BinaryIO, most: int) -> int:
    """How many bytes of a file were never written, counted until there are more than `most`.

    Terabytes of them cost nobody anything, but whoever reads them. 0 where the system does not
    say. The file is at its beginning afterwards.
    """
    found = data = 0
    # ENXIO: there is none after this.
    with suppress(OSError):
        while found <= most:
            begin = os.lseek(file.fileno(), data, os.SEEK_HOLE)
            end = os.fstat(file.fileno()).st_size
            if begin >= end:
                break
            try:
                data = os.lseek(file.fileno(), begin, os.SEEK_DATA)
            except OSError:
                data = end
            found += data - begin
    file.seek(0)
    return found


def _opened(name: str, folder: int | None) -> BinaryIO:
    # Looked at before, for a device does something when it is opened, and after: it may be another.
    _check(os.stat(name, dir_fd=folder, follow_symlinks=folder is None))
    flags = _FILE if folder is None else _FILE | os.O_NOFOLLOW
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        _check(os.fstat(descriptor))
    except NotPlain:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def _check(state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        kinds = (what for is_kind, what in _KINDS if is_kind(state.st_mode))
        raise NotPlain(next(kinds, "no regular file"))
