"""A command under a stop watch: `python -m benchmarks.watched_run ANSWER run --as-of …`.

A thread looks every few milliseconds at what all threads of the process are doing and counts the
time since its last look for one kind of work: DuckDB's if any thread is in it, else that of the
innermost known program in the main thread's stack. Writes the seconds of each kind as JSON.
"""

import json
import linecache
import re
import sys
import threading
import time
from pathlib import Path
from types import FrameType

KINDS = ("start and end of Python", "Python imports", "dbt", "Dagster", "DuckDB", "Meterhouse")
PAUSE = 0.003
# A frame of one of these programs, innermost first, says whose work it is.
PROGRAMS = (
    ("dbt", re.compile(r"site-packages/(dbt|dbt_common|dbt_adapters|dbtlabs|mashumaro|jinja2)/")),
    ("Dagster", re.compile(r"site-packages/(dagster\w*|sqlalchemy|alembic|grpc)/")),
    ("Meterhouse", re.compile(r"/(dagster_pipeline|meterhouse|raw_events)/")),
)
IMPORTS = "<frozen importlib"
# A call into DuckDB leaves no frame of its own: the line that calls it tells.
CALLERS = re.compile(
    r"/(dagster_pipeline|meterhouse|raw_events|dbt/adapters/duckdb|site-packages/duckdb)/"
)
DUCKDB = re.compile(
    r"\.(execute|executemany|sql|fetch\w*|to_arrow\w*|connect|close|commit|rollback|begin)\("
)
WAITING = re.compile(r"/(threading|queue|concurrent/futures/\w+|multiprocessing/\w+)\.py$")


class Watch(threading.Thread):
    """Counts until `stop`."""

    def __init__(self, main: int):
        super().__init__(daemon=True)
        self.main, self.seconds, self.over = main, dict.fromkeys(KINDS[1:], 0.0), False

    def run(self) -> None:
        """Look, count, sleep."""
        before = time.monotonic()
        while not self.over:
            time.sleep(PAUSE)
            frames = sys._current_frames()
            frames.pop(threading.get_ident(), None)
            now = time.monotonic()
            self.seconds[kind_of_work(frames, self.main)] += now - before
            before = now


def kind_of_work(frames: dict[int, FrameType], main: int) -> str:
    """Whose work the process does, by the stacks of its threads."""
    working = {ident: frame for ident, frame in frames.items() if not _waits(frame)}
    if any(_in_duckdb(frame) for frame in working.values()):
        return "DuckDB"
    if main in working or not working:
        return _program(frames[main])
    return _program(next(iter(working.values())))


def _waits(frame: FrameType) -> bool:
    return bool(WAITING.search(frame.f_code.co_filename))


def _in_duckdb(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    return bool(CALLERS.search(path) and DUCKDB.search(linecache.getline(path, frame.f_lineno)))


def _program(frame: FrameType | None) -> str:
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(IMPORTS):
            return "Python imports"
        for name, pattern in PROGRAMS:
            if pattern.search(path):
                return name
        frame = frame.f_back
    return "Meterhouse"


def main(answer: Path, command: list[str]) -> int:
    """A command of `meterhouse`, watched."""
    watch = Watch(threading.get_ident())
    watch.start()
    from meterhouse.cli.main import main as meterhouse

    try:
        status = meterhouse(command)
    finally:
        watch.over = True
        watch.join()
    answer.write_text(json.dumps(watch.seconds), encoding="utf-8")
    return status or 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
