"""The command line says no in the right words and with the right exit status."""

import pytest

from meterhouse.cli.main import main


@pytest.fixture(autouse=True)
def data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def wrong_usage(capsys, *argv: str) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    return capsys.readouterr().err


def test_no_command(capsys):
    assert "COMMAND" in wrong_usage(capsys)


def test_unknown_command(capsys):
    assert "invalid choice: 'rnu'" in wrong_usage(capsys, "rnu")


def test_ingest_without_a_file(capsys):
    assert "FILE" in wrong_usage(capsys, "ingest")


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-01",  # no time
        "2026-02-01T00:00:00",  # no zone
        "2026-02-30T00:00:00Z",  # no such day
        "2026-02-01T00:00:00+25:00",  # no such zone
        "tomorrow",
    ],
)
def test_as_of_must_be_an_instant(capsys, text):
    said = wrong_usage(capsys, "run", "--as-of", text)
    assert text in said
    assert "2026-02-01T00:00:00Z" in said  # an example to copy


def test_a_missing_file_fails_and_the_others_land(capsys, tmp_path):
    good = tmp_path / "good.ndjson"
    good.write_text(
        '{"transaction_id":"1","customer_id":"a","event_type":"e","timestamp":"2026-01-01T00:00:00Z"}'
    )
    as_of = ["--as-of", "2026-01-02T00:00:00Z"]
    assert main(["ingest", *as_of, str(tmp_path / "nowhere.ndjson"), str(good)]) == 1
    captured = capsys.readouterr()
    assert "nowhere.ndjson" in captured.err
    assert "accepted 1, rejected 0" in captured.out


def test_time_does_not_go_back(capsys, tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text("{}")
    assert main(["ingest", "--as-of", "2026-01-02T00:00:00Z", str(file)]) == 0
    other = tmp_path / "other.ndjson"
    other.write_text("{ }")
    assert main(["ingest", "--as-of", "2026-01-01T00:00:00Z", str(other)]) == 2
    assert "2026-01-02" in capsys.readouterr().err


def test_an_invoice_before_the_first_run(capsys):
    assert main(["invoice", "INV-000001"]) == 1
    assert "meterhouse run" in capsys.readouterr().err


def test_a_bug_gives_one_line_and_keeps_its_trace(capsys, data_directory, monkeypatch):
    def explode(_arguments):
        raise RuntimeError("a bug\nwith details")

    monkeypatch.setattr("meterhouse.cli.commands.invoice.execute", explode)
    assert main(["invoice", "x"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert "with details" in (data_directory / "logs" / "errors.log").read_text()
