"""The parent of the server: holds the listening socket and starts again whichever process dies.

Connections that come while the server's process is started again wait in the socket, so a killed
server refuses nobody. The parent does nothing else: it opens no log, reads no event.
"""

import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from meterhouse.common.alone import alone
from meterhouse.server.errors import ServerError, WrongOption
from raw_events.common.text import shown

LOCK = "serve.lock"
BACKLOG = 2_048
MIB = 1024 * 1024
STOP_SECONDS = 20.0
# Until the processes of a parent that was killed have let go of the port.
BIND_SECONDS = 15.0
_LOOK_SECONDS = 0.1
# A process that dies at once is started again after this, twice as long each time, up to the last.
_FIRST_PAUSE, _LAST_PAUSE, _LIVED_SECONDS = 0.1, 5.0, 10.0


@dataclass
class _Child:
    name: str
    command: list[str]
    keeps: tuple[int, ...]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = _FIRST_PAUSE
    due_at: float = field(default=0.0)


def listen(host: str, port: int) -> socket.socket:
    """The listening socket. Raises ServerError or WrongOption in the user's words."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise _no_address(host, error) from error
    # A stop-watch; no result depends on it.
    until = time.monotonic() + BIND_SECONDS
    while True:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(address)
            listening.listen(BACKLOG)
            return listening
        except OSError as error:
            listening.close()
            if time.monotonic() < until and "in use" in str(error):
                time.sleep(_LOOK_SECONDS)
                continue
            if error.errno == errno.EADDRNOTAVAIL:
                raise _no_address(host, error) from error
            raise ServerError(
                f"{host}:{port} cannot be listened on ({error.strerror}). Choose another --port, "
                "or stop what listens there."
            ) from error


def _no_address(host: str, error: Exception) -> WrongOption:
    return WrongOption(
        f"--host {shown(host)!r} is no address of this machine ({error}). 127.0.0.1 is this "
        "machine alone, 0.0.0.0 every address that it has."
    )


def check_reserve(home: Path, reserve_mib: int) -> None:
    """Raise WrongOption for a reserve that the disk can never have."""
    has = shutil.disk_usage(home).total // MIB
    if reserve_mib > has:
        raise WrongOption(
            f"--reserve {reserve_mib} is more than the disk of {home} has ({has:,} MiB), so no "
            "event would ever be taken."
        )


@contextmanager
def only_server(home: Path) -> Iterator[None]:
    """While this lasts, no other server serves the data directory. Raises ServerError if one does.

    Two would lose nothing, but each token would have twice its rate and its share of the memory.
    """

    def taken(holder: str) -> ServerError:
        return ServerError(
            f"Another server serves {home} already ({holder}). Stop it first; one server takes "
            "what one disk does."
        )

    with alone(home / LOCK, taken):
        yield


class Supervisor:
    """Runs the server's process and the lander until SIGTERM or SIGINT."""

    def __init__(self, listening: socket.socket, reserve_mib: int, is_now: bool):
        self._is_stopping = False
        # Both children hold its reading end, which ends when this process does, however it dies.
        self._alive, self._hold = os.pipe()
        alive, fd = str(self._alive), str(listening.fileno())
        now = ["--now"] if is_now else []
        self._children = [
            _Child(
                "server",
                _python("worker", "--socket", fd, "--alive", alive, "--reserve", str(reserve_mib)),
                (listening.fileno(), self._alive),
            ),
            _Child("lander", _python("lander", "--alive", alive, *now), (self._alive,)),
        ]

    def run(self) -> int:
        """Start both, and again whichever dies; 0 after they ended in order."""
        before = {
            number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            while not self._is_stopping:
                for child in self._children:
                    self._look_after(child)
                time.sleep(_LOOK_SECONDS)
            return self._end()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping = True

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            status = child.process.poll()
            if status is None:
                return
            lived = now - child.started_at
            child.process = None
            if lived >= _LIVED_SECONDS:
                child.pause = _FIRST_PAUSE
            child.due_at = now + child.pause
            _say(f"The {child.name} ended ({_ending(status)}); it is started again.")
            child.pause = min(child.pause * 2, _LAST_PAUSE)
        if now >= child.due_at:
            # Ctrl-C is for the parent, which ends the others in order.
            child.process = subprocess.Popen(
                child.command, pass_fds=child.keeps, start_new_session=True
            )
            child.started_at = now

    def _end(self) -> int:
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return 0


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"meterhouse.server.{module}", *arguments]


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
