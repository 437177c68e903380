"""A PostgreSQL of the tests' own, on a socket in a folder that is thrown away."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import chown, rmtree

from benchmarks.contestants.postgres_server import USER, create_cluster, programs

SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "shared_buffers": "64MB",
    "max_prepared_transactions": "4",
    "autovacuum": "off",
}


class Server:
    """A cluster in `folder`; it may be stopped and started."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def address(self, user: str = USER, database: str = "postgres") -> str:
        """What a collector's connection says."""
        return f"postgresql://{user}@/{database}?host={self.folder.parent}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [part for it in SETTINGS.items() for part in ("-c", "=".join(it))]
        command = [program("postgres"), "-D", self.folder, "-k", self.folder.parent, *options]
        with open(self.folder.parent / "postgres.log", "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **other_user())
        for _ in range(400):
            ready = [program("pg_isready"), "-q", "-h", self.folder.parent]
            if not subprocess.run(ready, check=False).returncode:
                return
            time.sleep(0.05)
        raise RuntimeError((self.folder.parent / "postgres.log").read_text())

    def stop(self) -> None:
        """At once, as when its machine goes away."""
        if self._process:
            self._process.send_signal(3)
            self._process.wait()
            self._process = None


@contextmanager
def running_server() -> Iterator[Server]:
    """A new cluster, started; stopped and removed at the end."""
    # Its socket's path has a hundred characters at most: not below pytest's folders.
    place = Path(tempfile.mkdtemp(prefix="mh-pg-"))
    _give(place)
    server = Server(place / "d")
    try:
        create_cluster(server.folder)
        server.start()
        yield server
    finally:
        server.stop()
        rmtree(place, ignore_errors=True)


@contextmanager
def standby_of(server: Server) -> Iterator[Server]:
    """A standby that follows `server`."""
    place = Path(tempfile.mkdtemp(prefix="mh-pg-"))
    _give(place)
    standby = Server(place / "d")
    backup = [
        program("pg_basebackup"),
        "-h",
        server.folder.parent,
        "-U",
        USER,
        "-R",
        "-X",
        "stream",
    ]
    try:
        subprocess.run([*backup, "-c", "fast", "-D", standby.folder], check=True, **other_user())
        standby.start()
        yield standby
    finally:
        standby.stop()
        rmtree(place, ignore_errors=True)


def _give(place: Path) -> None:
    place.chmod(0o755)
    if os.geteuid() == 0:
        chown(place, USER, USER)


def program(name: str) -> Path:
    """One of PostgreSQL's programs."""
    folder = programs()
    assert folder is not None
    return folder / name


def other_user() -> dict:
    """PostgreSQL refuses to run as root; Debian's package has made a user for it."""
    return {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
