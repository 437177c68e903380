"""What a command says is text (issue: what people see), and what it writes is not for everybody."""

import os
import stat
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from dagster_pipeline.defs.errors import words_not_traces
from meterhouse.cli.main import main
from meterhouse.common.people import PlainFormatter
from meterhouse.reports.text import Text, group
from raw_events.common.errors import LandingError
from raw_events.common.hidden import HIDDEN
from tests.hostile.files import EVIL

AS_OF = "2026-02-01T00:00:00Z"
SECRET = "correct-horse-battery"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOURCE_PASSWORD", SECRET)
    before = os.umask(0o022)
    yield tmp_path / "home"
    os.umask(before)


def test_a_file_name_and_an_id_are_shown_not_obeyed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / EVIL
    old = '{"transaction_id":"id\\u001b[2J","customer_id":"a","event_type":"e","timestamp":"2010'
    file.write_text(f'{old}-01-01T00:00:00Z"}}\nbad\x1b[2J\n')
    assert main(["ingest", "--as-of", AS_OF, str(file), str(tmp_path / "no\x1b[2J.csv")]) == 1
    assert main(["quarantine", "list"]) == 0
    said = capsys.readouterr()
    assert "rejected 2" in said.out
    assert r"esc\x1b[2J\u202etxt\nline.ndjson" in said.out
    assert r"no\x1b[2J.csv" in said.err
    assert not set(said.out + said.err) & {"\x1b", "\u202e"}


def test_files_are_for_owner_and_group_alone(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text("bad\n")
    assert main(["ingest", "--as-of", AS_OF, str(file)]) == 0
    made = [home, *home.rglob("*")]
    assert len(made) > 5
    assert [path for path in made if stat.S_IMODE(path.lstat().st_mode) & 0o027] == []


def test_a_trace_has_no_secret_and_no_escape(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"\x1b[2Jno way to postgresql://me:{SECRET}@db/x with {SECRET}")

    monkeypatch.setattr("raw_events.quarantine.actions.count_rejected", fail)
    assert main(["quarantine", "list"]) == 1
    texts = [capsys.readouterr().err, (home / "logs" / "errors.log").read_text()]
    for text in texts:
        assert HIDDEN in text
        assert SECRET not in text
        assert "\x1b" not in text


@pytest.mark.parametrize("kind", [LandingError, ConnectionError])
def test_dagster_is_told_in_words_without_secrets(home: Path, kind: type[Exception]) -> None:
    with pytest.raises(dg.Failure) as failed, words_not_traces():
        raise kind(f"\u202eno way to https://me:{SECRET}@db")
    assert failed.value.__cause__ is None
    assert SECRET not in str(failed.value.description)
    assert r"\u202eno way" in str(failed.value.description)


def test_log_lines_are_text(home: Path) -> None:
    import logging

    record = logging.LogRecord("x", 20, "x", 1, "said %s", (f"\x1b[2J{SECRET}",), None)
    assert PlainFormatter().format(record) == rf"said \x1b[2J{HIDDEN}"


def test_reports_on_a_terminal_have_their_own_colours_alone(tmp_path: Path) -> None:
    with (tmp_path / "page").open("w", encoding="utf-8") as page:
        console = Console(file=page, force_terminal=True, width=80, color_system="standard")
        console.print(Text.assemble(("name\x1b[2J\u202e", "bold"), "\nnext"))
    text = (tmp_path / "page").read_text("utf-8")
    assert r"name\x1b[2J\u202e" in text
    assert "\x1b[2J" not in text
    assert text.startswith("\x1b[1m")


def test_values_of_groups_make_no_line_of_their_own() -> None:
    assert group('{"model":"a\\nTotal 0.00 USD\\u001b"}') == r"model a\nTotal 0.00 USD\x1b"
