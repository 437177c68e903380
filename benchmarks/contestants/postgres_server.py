"""A PostgreSQL cluster of its own, on a socket in a folder that is thrown away."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import chown, which
from typing import Any

USER = "postgres"
# The machine as PostgreSQL's documentation advises to share it out; what is loaded can be loaded
# again, so nobody waits for the disk at each commit, and bulk loads need no write-ahead log.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "{quarter}MB",
    "effective_cache_size": "{half}MB",
    "work_mem": "256MB",
    "maintenance_work_mem": "1GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
    "random_page_cost": "1.1",
    "max_worker_processes": "8",
    "max_parallel_workers": "{cores}",
    "max_parallel_workers_per_gather": "{cores}",
    "max_parallel_maintenance_workers": "{cores}",
}


def programs() -> Path | None:
    """Where PostgreSQL's programs are, of the newest version that is installed."""
    known = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    if known:
        return known[-1].parent
    found = which("postgres")
    return Path(found).parent if found else None


def server_version() -> str | None:
    """`15.19`, None where PostgreSQL is not installed."""
    folder = programs()
    if folder is None:
        return None
    said = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.split()[2]


def create_cluster(folder: Path) -> None:
    """An empty cluster in `folder`; not measured."""
    folder.mkdir(parents=True)
    if _as_other_user():
        chown(folder, USER, USER)
    _run("initdb", "-D", folder, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")


@contextmanager
def running(folder: Path) -> Iterator[list[str]]:
    """The server as a child of this process, so that its cost counts; gives psql's command."""
    cores = os.cpu_count() or 1
    megabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    shares = {"quarter": megabytes // 4, "half": megabytes // 2, "cores": cores}
    options = [
        part
        for name, value in SETTINGS.items()
        for part in ("-c", f"{name}={value.format(**shares)}")
    ]
    command: list[str | Path] = [_program("postgres"), "-D", folder, "-k", folder, *options]
    with open(folder.parent / "postgres.log", "ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, **_as_other_user())
    try:
        psql = [str(_program("psql")), "-X", "-q", "-h", str(folder), "-U", USER]
        _wait_until_ready(psql, server)
        yield psql
    finally:
        server.terminate()
        server.wait()


def _wait_until_ready(psql: list[str], server: subprocess.Popen[Any]) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError("PostgreSQL has stopped; postgres.log beside its folder says why.")
        if not subprocess.run(
            [*psql, "-c", "select 1"], capture_output=True, check=False
        ).returncode:
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start within 30 seconds.")


def _program(name: str) -> Path:
    folder = programs()
    if folder is None:
        raise RuntimeError("PostgreSQL is not installed.")
    return folder / name


def _run(program: str, *arguments: str | Path) -> None:
    command = [_program(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **_as_other_user())
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr}")


def _as_other_user() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; Debian's package has made a user for it."""
    return {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
