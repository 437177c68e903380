"""Guards against a token whose text is kept, that outlives its end, or that reads too much."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterhouse.cli.main import main
from meterhouse.server.errors import TokenError, WrongToken
from meterhouse.server.rate_limit import RateLimit
from meterhouse.server.tokens import FILE, Scope, TokenBook, new_token, read_tokens, revoke
from raw_events.collectors.folder import is_name
from raw_events.common.source_names import sources_of_tokens
from tests.unit.raw_events.event_cases import line, write

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
NO_SOURCES = ["", "../x", ".x", "a/b", "a b", "x" * 65, "a\n", "\u00e9"]
NO_SOURCES += ["inbox", "replay", "retraction", "http", "landing.json"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def book_of(home: Path) -> TokenBook:
    book = TokenBook(home)
    book.look_again()
    return book


def test_only_its_digest_is_kept(home: Path) -> None:
    text, token = new_token(home, "app", NOW)
    kept = (home / FILE).read_text()
    assert text not in kept and token.sha256 in kept
    assert book_of(home).find(text) == token
    assert book_of(home).find(text + "x") is None


def test_the_last_line_is_the_token_alone(home: Path, capsys) -> None:
    assert main(["token", "new", "app"]) == 0
    text = capsys.readouterr().out.splitlines()[-1]
    assert book_of(home).find(text).source == "app"
    assert main(["token", "list"]) == 0
    shown = capsys.readouterr().out
    assert "app" in shown and text not in shown


def test_what_only_sends_must_not_read(home: Path, capsys) -> None:
    may = []
    for options in ([], ["--send-only"], ["--read-only"]):
        main(["token", "new", "app", *options])
        token = book_of(home).find(capsys.readouterr().out.splitlines()[-1])
        may.append((token.may(Scope.INGEST), token.may(Scope.READ)))
    assert may == [(True, True), (True, False), (False, True)]


def test_a_revoked_token_is_unknown_to_a_book_that_looks_again(home: Path, capsys) -> None:
    text, token = new_token(home, "app", NOW)
    other, _ = new_token(home, "app", NOW)
    book = book_of(home)
    assert main(["token", "revoke", token.id]) == 0
    assert book.find(text) == token
    book.look_again()
    assert book.find(text) is None and book.find(other) is not None
    assert "revoked" in capsys.readouterr().out
    assert main(["token", "revoke", token.id]) == 1
    assert main(["token", "revoke", "0" * 12]) == 1


def test_it_is_revoked_by_its_text_too(home: Path) -> None:
    text, token = new_token(home, "app", NOW)
    assert revoke(home, text, NOW).id == token.id


@pytest.mark.parametrize("source", [*NO_SOURCES, "files"])
def test_a_source_is_a_name(home: Path, source: str, capsys) -> None:
    with pytest.raises(WrongToken):
        new_token(home, source, NOW)
    assert main(["token", "new", source]) == 2
    assert read_tokens(home) == []


@pytest.mark.parametrize("source", NO_SOURCES)
def test_a_source_of_files_is_a_name_too(home: Path, source: str, capsys) -> None:
    """One rule for every way in; `files` is what they have if nothing is said."""
    path = write(home.parent / "events.ndjson", line("a"))
    with pytest.raises(SystemExit) as ended:
        main(["ingest", f"--source={source}", str(path)])
    assert ended.value.code == 2 and "--source" in capsys.readouterr().err
    assert not is_name(source)
    for name in ("files", "app", "App-1.x"):
        assert main(["ingest", "--source", name, "--as-of", "2026-01-31T12:00:00Z", str(path)]) == 0


@pytest.mark.parametrize("rate", ["0", "-1", "1000001", "9" * 400])
def test_a_rate_is_a_number_of_requests(home: Path, rate: str, capsys) -> None:
    assert main(["token", "new", "app", "--rate", rate]) == 2
    assert "--rate" in capsys.readouterr().err


def test_a_token_has_no_collectors_name(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys
) -> None:
    """Their events could not be told apart in the log (S-60)."""
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(tmp_path))
    (tmp_path / "runs.sql").touch()
    assert main(["token", "new", "runs"]) == 2
    assert "collector" in capsys.readouterr().err
    # It sends nothing.
    assert main(["token", "new", "runs", "--read-only"]) == 0
    assert sources_of_tokens(home) == set()


def test_a_damaged_file_leaves_the_tokens_that_were_known(home: Path) -> None:
    text, _ = new_token(home, "app", NOW)
    book = book_of(home)
    (home / FILE).write_text("{")
    book.look_again()
    assert book.find(text) is not None
    assert FILE in (book.problem or "")
    with pytest.raises(TokenError, match="backup"):
        new_token(home, "app", NOW)


def test_the_rate_is_a_bucket_of_one_second(home: Path) -> None:
    _, token = new_token(home, "app", NOW, rate=2)
    limit = RateLimit()
    assert [limit.wait(token, 10.0) for _ in range(3)] == [0, 0, 1]
    assert [limit.wait(token, 10.6) for _ in range(2)] == [0, 1]
    assert [limit.wait(token, 100.0) for _ in range(3)] == [0, 0, 1]
