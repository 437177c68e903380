"""`meterhouse retract` on the command line (S-51): what it says, and its exit status."""

import os
import pwd

import pytest

from meterhouse.cli.main import main
from raw_events.log.event_log import EventLog
from tests.unit.raw_events.event_cases import land, line, write

LATER = ("--as-of", "2026-01-31T13:00:00Z")


@pytest.fixture
def retract(tmp_path, monkeypatch, capsys):
    """Runs the command on a log with `a` sent twice and `b`; gives what it printed."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    land(tmp_path, write(tmp_path / "one.ndjson", "\n".join([line("a"), line("b"), line("a")])))

    def run(*argv: str, status: int = 0) -> str:
        assert main(["retract", *argv]) == status
        said = capsys.readouterr()
        return said.out + said.err

    return run


def test_it_says_for_each_id_what_it_took_back(retract) -> None:
    said = retract("a", "b", "nowhere", "--reason", "sent in bytes", *LATER)
    assert said.splitlines() == [
        "a: 2 events taken back",
        "b: 1 event taken back",
        "nowhere: not in the log; nothing recorded for it",
        "The next run bills without them: meterhouse run",
    ]
    again = retract("a", "--reason", "sent in bytes", *LATER)
    assert again.splitlines() == ["a: taken back before; nothing recorded for it"]


def test_no_known_id_fails(retract, tmp_path) -> None:
    said = retract("nowhere", "--reason", "sent in bytes", *LATER, status=1)
    assert "The log has none of these ids; nothing was recorded." in said
    assert EventLog(tmp_path).version() == 1


def test_the_list_says_who_why_and_when(retract) -> None:
    assert retract("--list") == "Nothing was taken back.\n"
    retract("a", "--reason", "sent in bytes", *LATER)
    retract("b", "--reason", "a test", *LATER)
    user = pwd.getpwuid(os.getuid()).pw_name
    assert retract("--list").splitlines() == [
        f"2026-01-31T13:00:00Z by {user} (log version 2): sent in bytes",
        "  a  2 events",
        f"2026-01-31T13:00:00Z by {user} (log version 3): a test",
        "  b  1 event",
    ]
    assert "sent in bytes" not in retract("--list", "b")


def test_ids_from_a_file(retract, tmp_path) -> None:
    ids = write(tmp_path / "ids.txt", "a\n\nb\n")
    said = retract("--ids-from", str(ids), "--reason", "sent in bytes", *LATER)
    assert "a: 2 events" in said and "b: 1 event" in said


@pytest.mark.parametrize(
    "argv", [("a",), ("--reason", "why"), ("a", "--reason", " "), ("--ids-from", "no such file")]
)
def test_wrong_usage(retract, argv) -> None:
    assert "meterhouse retract: " in retract(*argv, *LATER, status=2)


def test_time_does_not_go_back(retract) -> None:
    said = retract("a", "--reason", "why", "--as-of", "2026-01-31T11:00:00Z", status=2)
    assert "S-4" in said
