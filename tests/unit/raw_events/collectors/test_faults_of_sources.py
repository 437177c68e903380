"""Guards against a fault of one source or of its state that stops others (S-65), and two of a name.

With a source in memory.
"""

import errno
import json
from pathlib import Path

import pytest

from meterhouse.server.tokens import new_token, revoke
from raw_events.collectors.collect import Collected
from raw_events.collectors.due import is_due
from raw_events.collectors.errors import SourceError
from raw_events.collectors.state import StateFile
from raw_events.common.errors import CannotWrite
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


@pytest.mark.parametrize("what", ["deep", "state", "lock"])
def test_what_lies_in_the_place_of_a_state_stops_its_source_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    sources = {name: FakeSource(lines(2), name=name) for name in ("a", "b")}
    monkeypatch.setattr("raw_events.collectors.due.open_source", lambda _, name: sources[name])
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


def test_a_name_does_not_stand_twice_before_an_error() -> None:
    assert Collected("a", error="a: no.").line() == "source a is stopped: no."


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
