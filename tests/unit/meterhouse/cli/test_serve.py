"""Guards against a server that starts where it must not, or says so in words of a library."""

import socket
from pathlib import Path

import pytest

from meterhouse.cli.commands import serve
from meterhouse.cli.main import main
from meterhouse.server import supervisor
from tests.unit.raw_events.event_cases import land, line, write


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(serve, "NEEDED", ("starlette", "no_such_library"))
    assert main(["serve"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "meterhouse serve: The HTTP server needs no_such_library: pip install 'meterhouse[serve]'"
    ]


def test_a_port_that_is_taken(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(supervisor, "BIND_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 1
    assert "--port" in capsys.readouterr().err


def test_a_host_that_is_none(capsys) -> None:
    assert main(["serve", "--host", "256.0.0.1"]) == 1
    assert "--host" in capsys.readouterr().err


def test_a_replayed_clock_asks_for_now(home: Path, capsys) -> None:
    """Else the first landing would throw the demo into the present (S-4)."""
    path = write(home.parent / "events.ndjson", line("a"))
    land(home, path)
    assert main(["serve", "--port", "0"]) != 0
    said = capsys.readouterr().err
    assert "--now" in said and "sent over HTTP" in said
