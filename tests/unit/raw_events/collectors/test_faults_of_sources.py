"""Guards against a fault of one source, its file or its state that stops others or says a secret.

Rules S-65 and S-67, with a source in memory.
"""

import errno
import json
import os
import re
from pathlib import Path

import pytest

from meterhouse.server.tokens import new_token, revoke
from raw_events.collectors import folder
from raw_events.collectors.collect import Collected, is_due
from raw_events.collectors.errors import SourceError
from raw_events.collectors.head import Head
from raw_events.collectors.sql.databases import Database
from raw_events.collectors.state import StateFile
from raw_events.collectors.streams.kafka_settings import settings
from raw_events.collectors.streams.redis_client import RedisReader
from raw_events.common.errors import CannotWrite
from raw_events.common.hidden import without_secrets
from tests.unit.raw_events.collectors.fake import AS_OF, FakeSource, collect_due, collected, lines


@pytest.mark.parametrize(
    "damage",
    [
        {"last_success": "soon"},
        {"last_success": "2026-01-31T12:00:00"},
        {"last_success": 7},
        {"begun": "x"},
        {"lag": {"seconds": "x"}},
        {"last_error": 7},
    ],
)
def test_a_damaged_state_is_that_of_a_source_never_asked(tmp_path: Path, damage: dict) -> None:
    """Nothing depends on it but when a source is due: it stops no run (S-65)."""
    source, state = FakeSource(lines(2)), StateFile(tmp_path, "fake")
    collected(tmp_path, source)
    path = tmp_path / "sources" / "fake.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **damage}))
    assert state.read().last_success is None and is_due(tmp_path, source, AS_OF)


def test_a_batch_that_ends_the_process_is_tried_three_times(tmp_path: Path) -> None:
    source, state = FakeSource(lines(2)), StateFile(tmp_path, "fake")
    for _ in range(3):
        state.begin(source, AS_OF, None, False)
    with pytest.raises(SourceError, match="3 times the process ended"):
        collected(tmp_path, source)
    with pytest.raises(SourceError, match="3 times the process ended"):
        collected(tmp_path, source)
    assert collected(tmp_path, source, by_hand=True).accepted == 2


def test_a_disk_that_is_full_for_long_is_no_death_of_the_process(tmp_path: Path) -> None:
    source = FakeSource(lines(2))

    def full() -> None:
        raise CannotWrite("the disk is full")

    source.inside = full
    for _ in range(4):
        with pytest.raises(CannotWrite):
            collected(tmp_path, source)
    source.inside = lambda: None
    assert collected(tmp_path, source).accepted == 2


def test_the_error_that_is_kept_has_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:swordfish-9@db/x")
    source = FakeSource(lines(2))
    source.trouble = lambda _: (_ for _ in ()).throw(ValueError("bad: ann swordfish-9"))
    with pytest.raises(SourceError):
        collected(tmp_path, source)
    assert "swordfish" not in (tmp_path / "sources" / "fake.json").read_text()


@pytest.mark.parametrize(
    "address, error",
    [
        ("redis://:hunter2longer/secretpw@h", "Port could not be cast: 'hunter2longer'"),
        ("host=db password=my secretpw99", 'missing "=" after "secretpw99"'),
        ("host=db password='hunter2longer' user=ann", "bad: hunter2longer"),
    ],
)
def test_no_part_of_a_password_is_said(monkeypatch, address: str, error: str) -> None:
    """Readers cut an address where they think that a password ends, and complain of the rest."""
    monkeypatch.setenv("PRODUCT", address)
    said = without_secrets(error)
    assert "hunter2longer" not in said and "secretpw99" not in said


@pytest.mark.parametrize(
    "address",
    [
        "redis://:hunt7/x@127.0.0.1:1/0",
        "redis://u:se#ha@127.0.0.1:1/0",
        "redis://u:12#ha@127.0.0.1:1/0",
        "redis://u:pw[x]ha@127.0.0.1:1/0",
        "redis://u:pw@ha/ha@127.0.0.1:1/0",
    ],
)
def test_of_an_address_of_redis_that_cannot_be_read_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    pytest.importorskip("redis")
    monkeypatch.setenv("WHERE", address)
    with pytest.raises(SourceError, match="not shown") as refused:
        RedisReader("r", "WHERE").info("s", None)
    assert not any(part in str(refused.value) for part in ("hunt7", "'se'", ":12", "pw[x]", "ha:"))
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    "address, is_said",
    [
        ("postgresql://user:se/cret@127.0.0.1:1/db", False),
        ("postgresql://user:p%zz@127.0.0.1:1/db", False),
        ("postgresql://user:a@b@127.0.0.1:1/db", False),
        ("host=127.0.0.1 port=1 user=u password=my pw99", False),
        ("host=127.0.0.1 port=1 user=u password=my pw=99", False),
        ("host=127.0.0.1 port=1 user=u password='my pw=99'", True),
        ("postgresql://user:my%2Fpw@127.0.0.1:1/db?sslmode=disable", True),
    ],
)
def test_of_an_address_of_a_database_that_cannot_be_read_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, address: str, is_said: bool
) -> None:
    pytest.importorskip("adbc_driver_postgresql")
    monkeypatch.setenv("WHERE", address)
    head = Head("p", "connection: WHERE\n")
    with pytest.raises(SourceError) as refused, Database.of(head).connected():
        pass
    said = str(refused.value)
    assert ("not shown" in said, "Connection refused" in said) == (not is_said, is_said)
    assert not any(part in said for part in ('"se"', "%zz", "b@127", "pw99", '"pw"'))


@pytest.mark.parametrize("what", ["deep", "state", "lock"])
def test_what_lies_in_the_place_of_a_state_stops_its_source_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    sources = {name: FakeSource(lines(2), name=name) for name in ("a", "b")}
    monkeypatch.setattr("raw_events.collectors.collect.open_source", lambda _, name: sources[name])
    (tmp_path / "collectors").mkdir()
    (tmp_path / "sources").mkdir()
    for name in sources:
        (tmp_path / "collectors" / f"{name}.sql").touch()
    state = tmp_path / "sources" / "a.json"
    if what == "deep":
        state.write_bytes(b"[" * 100_000)
    else:
        (state if what == "state" else state.with_suffix(".lock")).mkdir()
    first, second = collect_due(tmp_path, tmp_path / "collectors", lambda: AS_OF)
    assert second.accepted == 2
    if what == "deep":
        assert first.accepted == 2
    else:
        assert first.error and "Move away what is in its place" in first.error


def test_a_full_disk_is_no_fault_of_a_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("raw_events.collectors.state.replaced_file", full)
    with pytest.raises(CannotWrite, match="No space left"):
        collected(tmp_path, FakeSource(lines(2)))


@pytest.mark.parametrize(
    "text, said",
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nkind: redis\n", "&a"),
        ("<<: *x\nkind: redis\n", "&x"),
        ("kind: redis\nkind: kafka\n", "`kind` stands there twice"),
        ("kind: redis\nx: [{y: 1, y: 2}]\n", "`y` stands there twice"),
    ],
)
def test_a_head_has_no_aliases_and_names_each_setting_once(text: str, said: str) -> None:
    """A few lines of aliases are a billion values, over which every command would hang."""
    with pytest.raises(SourceError, match=re.escape(said)):
        Head("x", text)


def test_a_panic_of_a_library_stops_its_own_source_alone(tmp_path: Path) -> None:
    class PanicException(BaseException):
        """As libraries in Rust raise it."""

    source = FakeSource(lines(2))
    source.trouble = lambda _: (_ for _ in ()).throw(PanicException("expected a prefix"))
    with pytest.raises(SourceError, match="PanicException: expected a prefix"):
        collected(tmp_path, source)
    source.trouble = lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        collected(tmp_path, source)


def test_a_pipe_among_the_collectors_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sql")
    (tmp_path / "folder.yaml").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(SourceError, match="is no regular file"):
            folder.open_source(tmp_path, name)


@pytest.mark.parametrize(
    "name, near",
    [
        ("SECURTY_PROTOCOL", "SECURITY_PROTOCOL"),
        ("SALS_USERNAME", "SASL_USERNAME"),
        ("PASSWORD", "SASL_PASSWORD"),
        ("SSL_X", None),
    ],
)
def test_a_misspelt_variable_of_kafka_is_refused(name: str, near: str | None) -> None:
    """Without TLS or a password a broker may be another's; what another source has stays alone."""
    given = {"X_SECURITY_PROTOCOL": "SSL", "X_EU": "kafka-2:9092", f"X_{name}": "x"}
    with pytest.raises(SourceError, match=f"X_{name} names no setting") as refused:
        settings("x", "X", given)
    assert near is None or f"did you mean X_{near}?" in str(refused.value)
    del given[f"X_{name}"]
    assert settings("x", "X", given) == {"security.protocol": "SSL"}


def test_a_name_does_not_stand_twice_before_an_error() -> None:
    assert Collected("a", error="a: no.").line() == "source a is stopped: no."


def test_names_that_mislead_are_refused(tmp_path: Path) -> None:
    for name in ("inbox", "Upper", "a-b"):
        (tmp_path / f"{name}.sql").touch()
        with pytest.raises(SourceError, match="Rename the file"):
            folder.open_source(tmp_path, name)
    (tmp_path / "twice.sql").touch()
    (tmp_path / "twice.yml").touch()
    with pytest.raises(SourceError, match=r"twice\.sql and twice\.yml name one source"):
        folder.open_source(tmp_path, "twice")
    with pytest.raises(SourceError, match="There is no collector jobs"):
        folder.open_source(tmp_path, "jobs")
    (tmp_path / "jobs.yaml").write_text("kind: pigeons\n")
    with pytest.raises(SourceError, match="there is no kind 'pigeons'"):
        folder.open_source(tmp_path, "jobs")


def test_a_source_that_a_token_has_too_is_stopped_in_words(tmp_path: Path) -> None:
    """Their events could not be told apart in the log (S-60)."""
    source = FakeSource(lines(2))
    _, token = new_token(tmp_path, "other", AS_OF)
    _, token = new_token(tmp_path, "fake", AS_OF)
    with pytest.raises(SourceError, match="A token sends events as source fake"):
        collected(tmp_path, source)
    assert StateFile(tmp_path, "fake").read().is_stopped
    revoke(tmp_path, token.id, AS_OF)
    assert collected(tmp_path, source).accepted == 2
