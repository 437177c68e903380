"""A file that ends the process that reads it is tried three times, then refused (S-67).

A damaged file may crash a library, and the kernel may end a process that wants too much memory. The
next run would begin with the same file, and the one after it. So what is being read is noted first.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from raw_events.common.errors import UnreadableFile
from raw_events.common.files import replaced_file
from raw_events.common.text import shown

FILE = "drop_folder.json"
TRIES = 3


class Tries:
    """A context manager around the reading of one file; one process at a time.

    Raises UnreadableFile if earlier ones ended within it.
    """

    def __init__(self, home: Path, path: Path):
        self._note, self._path = home / FILE, path

    def __enter__(self) -> "Tries":
        state = self._path.lstat()
        file = f"{state.st_dev}:{state.st_ino}:{state.st_size}:{state.st_mtime_ns}"
        begun = self._begun(file)
        if begun >= TRIES:
            self._note.unlink()
            raise UnreadableFile(
                f"{shown(self._path)}: {TRIES} times the process ended while it read this file. "
                "Nothing of it was landed. If a person ended it, move the file back; else get it "
                "again."
            )
        with replaced_file(self._note) as new:
            new.write_text(json.dumps({"file": file, "begun": begun + 1}), "utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            os.unlink(self._note)

    def _begun(self, file: str) -> int:
        try:
            noted = json.loads(self._note.read_bytes())
            return int(noted["begun"]) if noted["file"] == file else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0
