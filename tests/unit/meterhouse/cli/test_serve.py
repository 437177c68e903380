"""Guards against a server that starts where it must not, or says so in words of a library."""

import os
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterhouse.cli.commands import serve
from meterhouse.cli.main import main
from meterhouse.server import supervisor
from raw_events.ingest.landing import land_file
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


@pytest.mark.parametrize("host", ["256.0.0.1", "", "a" * 70, "no such", "[::1]", "192.0.2.1"])
def test_a_host_that_is_none(host: str, capsys) -> None:
    assert main(["serve", "--port", "0", "--host", host]) == 2
    assert f"--host {host!r} is no address of this machine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--port", it) for it in ("99999", "65536", "-5", "8_080", "1e3", "", "9" * 5_000)),
        *(("--reserve", it) for it in ("-1", "x", "1.5", "9" * 30)),
    ],
)
def test_a_number_that_is_none(option: str, value: str, capsys) -> None:
    """A port modulo 65,536 would listen where nobody looks."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", option, value])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert f"argument {option}" in said and "whole number from 0 to" in said


def test_a_reserve_that_the_disk_never_has(capsys) -> None:
    assert main(["serve", "--port", "0", "--reserve", str(2**40)]) == 2
    assert "--reserve" in capsys.readouterr().err


def test_one_server_serves_a_directory(home: Path, capsys) -> None:
    home.mkdir()
    with supervisor.only_server(home):
        assert main(["serve", "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert "Another server serves" in said and str(os.getpid()) in said
    with supervisor.only_server(home):
        pass


def test_a_replayed_clock_asks_for_now(home: Path, capsys) -> None:
    """Else the first landing would throw the demo into the present (S-4)."""
    path = write(home.parent / "events.ndjson", line("a"))
    land(home, path)
    assert main(["serve", "--port", "0"]) != 0
    said = capsys.readouterr().err
    assert "--now" in said and "sent over HTTP" in said
    # It has none, so it must not be advised.
    assert "--as-of" not in said.replace("without --as-of", "")


def test_a_clock_behind_the_log_is_said_of_the_clock(home: Path, capsys) -> None:
    path = write(home.parent / "events.ndjson", line("a"))
    land_file(home, path, None, datetime(2126, 1, 31, 12, tzinfo=UTC))
    assert main(["serve", "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert "This machine's clock" in said and "--as-of" not in said
