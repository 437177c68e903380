"""The quarantine on the command line: from a rejected line to a landed event."""

import json
from pathlib import Path

import pytest

from meterhouse.cli.main import main

GOOD = {
    "transaction_id": "1",
    "customer_id": "acme",
    "event_type": "api_call",
    "timestamp": "2026-01-01T00:00:00Z",
}
BAD = {**GOOD, "transaction_id": "2", "timestamp": "2026-13-01T00:00:00Z"}


@pytest.fixture(autouse=True)
def landed(tmp_path, monkeypatch):
    """One accepted event, one with a bad timestamp, one line that is not JSON."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    file = tmp_path / "events.ndjson"
    file.write_text(f"{json.dumps(GOOD)}\n{json.dumps(BAD)}\nnot json\n")
    assert main(["ingest", "--as-of", "2026-01-02T00:00:00Z", str(file)]) == 0


@pytest.fixture
def quarantine(capsys):
    def call(*argv: str, status: int = 0) -> str:
        capsys.readouterr()
        assert main(["quarantine", *argv]) == status
        captured = capsys.readouterr()
        return captured.out + captured.err

    return call


def identity(listed: str, code: str) -> str:
    """The id of the first event of a reason code in what `list` printed."""
    return next(line.split()[0] for line in listed.splitlines() if line.split()[2:3] == [code])


def test_list_and_show(quarantine):
    listed = quarantine("list")
    assert "events.ndjson:2" in listed
    shown = quarantine("show", identity(listed, "bad_timestamp"))
    assert "events.ndjson, line 2" in shown
    assert json.dumps(BAD) in shown


def test_export_correct_replay_exactly_once(quarantine, tmp_path):
    file = tmp_path / "corrected.ndjson"
    said = quarantine("export", str(file), "--code", "bad_timestamp")
    assert f"written to {file}, their ids to {file}.ids." in said and Path(f"{file}.ids").is_file()
    file.write_text(file.read_text().replace("2026-13", "2026-01"))
    replay = ("replay", "--corrected", str(file), "--as-of", "2026-01-03T00:00:00Z")
    assert "landed 1, still rejected 0" in quarantine(*replay)
    again = quarantine(*replay)
    assert "landed 0, still rejected 0, settled before 1" in again and "replayed" in again
    assert "bad_timestamp" not in quarantine("list")


def test_waive_keeps_the_reason(quarantine):
    waived = identity(quarantine("list"), "not_json")
    assert "waived 1" in quarantine("waive", waived, "--reason", "a test of the sender")
    assert "waived (a test of the sender)" in quarantine("show", waived)


def test_an_unknown_id_fails_with_the_next_command(quarantine):
    assert "meterhouse quarantine list" in quarantine("show", "nope", status=1)


def test_a_waiver_needs_a_reason(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["quarantine", "waive", "--code", "not_json"])
    assert stopped.value.code == 2
