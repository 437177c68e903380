"""A Redis of the tests' own, on a socket in a folder that is thrown away."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

PROGRAM = shutil.which("redis-server")


class Server:
    """A running server; it may be stopped and started, and forgets everything then."""

    def __init__(self, folder: Path):
        self.url = f"unix://{folder}/redis.sock"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> None:
        """Start it and wait until it answers."""
        socket = self._folder / "redis.sock"
        command = [PROGRAM, "--port", "0", "--unixsocket", str(socket), "--save", "", *options]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                self.client().ping()
                return
            except redis.exceptions.AuthenticationError:
                return
            except redis.exceptions.ConnectionError:
                time.sleep(0.02)
        raise RuntimeError("redis-server does not answer")

    def stop(self) -> None:
        """At once."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def client(self) -> redis.Redis:
        """A client of the tests."""
        return redis.Redis.from_url(self.url)


@contextmanager
def running_server() -> Iterator[Server]:
    """A new server, stopped and removed at the end."""
    # Its socket's path has a hundred characters at most: not below pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="mh-redis-"))
    server = Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
