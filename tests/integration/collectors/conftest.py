"""Sessions in the tests' PostgreSQL (tests/integration/conftest.py)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stamina

from tests.integration.collectors.server import Server

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed (dev extra)")


@pytest.fixture(scope="session")
def server(postgres: Server) -> Server:
    """What collectors of this folder read."""
    return postgres


@pytest.fixture
def db(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator["psycopg.Connection"]:
    """A session that commits each statement, an empty table `jobs`, the address in JOBS_DB."""
    monkeypatch.setenv("JOBS_DB", server.address())
    with psycopg.connect(server.address(), autocommit=True) as connection:
        connection.execute("drop table if exists jobs")
        connection.execute(
            "create table jobs (job_id bigint, customer_id text, gpu_seconds numeric(12, 3), "
            "finished_at timestamptz default now())"
        )
        yield connection


@pytest.fixture
def other(server: Server, db: object) -> Iterator["psycopg.Connection"]:
    """A second session, whose statements are one transaction until it commits."""
    with psycopg.connect(server.address(), application_name="shop") as connection:
        yield connection


@pytest.fixture(autouse=True)
def quick_retries() -> Iterator[None]:
    """Attempts follow each other at once."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def collector(tmp_path: Path) -> Callable[..., Path]:
    """Write a collector `jobs`; settings and the SELECT's columns may be others."""

    def write(columns: str = "", where: str = "", name: str = "jobs", **settings: str) -> Path:
        head = {
            "connection": "JOBS_DB",
            "key": "job_id",
            "start": "2026-01-01",
            "lag": "1s",
            "max_window": "3650d",
            "event_type": "job_run",
            **settings,
        }
        lines = "\n".join(f"{key}: {value}" for key, value in head.items() if value)
        columns = columns or "job_id, customer_id, finished_at as timestamp, gpu_seconds"
        folder = tmp_path / "collectors"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.sql").write_text(
            f"/*---\n{lines}\n---*/\nselect {columns} from jobs\n"
            f"where finished_at >= $1 and finished_at < $2 {where} -- the window\n"
        )
        return folder

    return write
