"""A file of somebody else, opened again and again, and always the same one (S-67).

Whoever may write to a folder may put another file, a link or a pipe under a name while it is read.
So the file is opened once, looked at through that descriptor, and every further opening must find
the same file.
"""

import os
from pathlib import Path
from typing import BinaryIO

from raw_events.common.budget import LONGEST_LINE
from raw_events.common.errors import LandingError
from raw_events.common.plain_file import NotPlain, holes, open_plain
from raw_events.common.text import is_text, shown

# Of a file of the drop folder: with `.report.txt` and a number the name has 255 bytes at most.
_MOST_NAME_BYTES = 230


class SourceFile:
    """A regular file. `size` in bytes, as it was when it was opened first.

    `path` is for messages and says what kind of file it is.

    With `alone`, as for files of the drop folder, it may be neither a link nor have a second name,
    nor may its folder be a link: what is landed must be what is moved aside. With `may_have_names`
    a second name is allowed. Raises LandingError in the user's words.
    """

    def __init__(self, path: Path, alone: bool = False, may_have_names: bool = False):
        self._path = Path(path)
        self.name = self._path.name
        # In messages: a line feed in a name makes no line of its own.
        self.path = Path(shown(path))
        if not is_text(self._path.name):
            raise LandingError(
                f"{self.path}: the name is not UTF-8, so nobody could ask for it later. Nothing "
                "was landed; rename the file and land it again."
            )
        if alone and len(os.fsencode(self._path.name)) > _MOST_NAME_BYTES:
            raise LandingError(
                f"{self.path}: the name has more than {_MOST_NAME_BYTES} bytes, so its report "
                "would not fit beside it. Nothing was landed; give it a shorter one."
            )
        self._alone = alone
        with self._opened() as file:
            state = os.fstat(file.fileno())
            unwritten = holes(file, LONGEST_LINE)
        if alone and not may_have_names and state.st_nlink > 1:
            raise LandingError(
                f"{self.path} has a second name (it is a hard link), under which it may be changed "
                "at any time. Nothing was landed; put a copy there."
            )
        if unwritten > LONGEST_LINE:
            raise LandingError(
                f"{self.path} has holes: more than {LONGEST_LINE >> 20} MiB of it were never "
                "written, so it is not whole. Nothing was landed; get the file again."
            )
        self.size, self._identity = state.st_size, (state.st_dev, state.st_ino)
        self._state = _state(state)
        if not self.size:
            raise LandingError(f"{self.path} is empty: there is no event in it.")

    def open(self) -> BinaryIO:
        """The file from its beginning. Raises LandingError if there is another one by now."""
        file = self._opened()
        state = os.fstat(file.fileno())
        if (state.st_dev, state.st_ino) != self._identity:
            file.close()
            raise self._changed()
        return file

    def check_unchanged(self) -> None:
        """Raise LandingError if the file is not as it was: what was read may be of two states."""
        with self.open() as file:
            if _state(os.fstat(file.fileno())) != self._state:
                raise self._changed()

    def _opened(self) -> BinaryIO:
        try:
            return open_plain(self._path, follow=not self._alone)
        except NotPlain as error:
            raise LandingError(f"{self.path} is {error.what}.") from error
        except PermissionError as error:
            raise LandingError(f"{self.path} cannot be read: permission denied.") from error
        except FileNotFoundError as error:
            raise LandingError(f"{self.path} does not exist. Check the path.") from error
        except OSError as error:
            raise LandingError(f"{self.path} cannot be opened: {error.strerror}.") from error

    def _changed(self) -> LandingError:
        return LandingError(
            f"{self.path} changed while it was read: nothing landed, land it again."
        )


def _state(state: os.stat_result) -> tuple[int, int]:
    """Size in bytes, and when it was written last."""
    return state.st_size, state.st_mtime_ns
