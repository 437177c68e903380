"""Guards against a published version that changes or is lost, and a judge that is none (S-64)."""

import os
import signal
from pathlib import Path

import pytest

from meterhouse.cli.main import main
from meterhouse.event_types.check import publish
from meterhouse.event_types.errors import EventTypeError
from meterhouse.event_types.hand_over import hand_over
from meterhouse.event_types.registry import folder_name, published_types, read_registry
from raw_events.common import files
from raw_events.schemas.published import NAME, read_published
from tests.unit.meterhouse.event_types.folder import JOB, write_modes, write_schema


def test_only_what_is_published_judges(seeds: Path, home: Path):
    write_schema(seeds, "job", 1, JOB)
    hand_over(home)
    assert not (home / NAME).exists()
    publish(home, "job", 1, None)
    judges = read_published(home)["job"]
    assert (judges.version, judges.mode) == (1, "report")
    write_schema(seeds, "job", 2, {"required": ["nothing"]})
    write_modes(seeds, job="quarantine")
    hand_over(home)
    judges = read_published(home)["job"]
    assert (judges.version, judges.mode) == (1, "quarantine")


@pytest.mark.parametrize(
    "event_type", ["a/b", ".hidden", "übergabe", "a b", "..", "%2F", "A", "x" * 128]
)
def test_any_name_of_a_type_has_a_folder(seeds: Path, home: Path, event_type: str):
    write_schema(seeds, event_type, 1, JOB)
    publish(home, event_type, 1, None)
    assert list(read_published(home)) == [event_type]


def test_a_name_that_no_folder_can_have_is_refused(seeds: Path):
    with pytest.raises(EventTypeError, match="too long"):
        folder_name("é" * 100)
    with pytest.raises(EventTypeError, match="S-5"):
        folder_name("")


def test_a_published_version_is_frozen(seeds: Path, home: Path):
    path = write_schema(seeds, "job", 1, JOB)
    publish(home, "job", 1, None)
    path.write_text(path.read_text() + "\n")
    with pytest.raises(EventTypeError, match=r"v1\.json.*frozen"):
        hand_over(home)
    path.unlink()
    with pytest.raises(EventTypeError, match="its file is not there"):
        published_types()


WRONG = {
    "mode": ("modes.csv", "event_type,mode\njob,refuse\n", "row 2: 'refuse' is no mode"),
    "type": ("modes.csv", "event_type,mode\njobs,report\n", "row 2: jobs has no schema"),
    "header": ("modes.csv", "type,mode\n", "its header is event_type,mode"),
    "cells": ("modes.csv", "event_type,mode\njob\n", "row 2: it has 1 cells"),
    "twice": ("modes.csv", "event_type,mode\njob,report\njob,report\n", "row 3: job stands there"),
    "stranger": ("notes.txt", "", "does not belong here"),
    "version": ("job/v01.json", "{}", "is named v<N>.json"),
}


@pytest.mark.parametrize("lost", ["file", "row"])
def test_a_version_whose_row_was_lost_is_not_published_anew(seeds: Path, home: Path, lost: str):
    """The data directory knows what was published: another version 1 would judge under its name."""
    path = write_schema(seeds, "job", 1, JOB)
    publish(home, "job", 1, None)
    text, csv = path.read_bytes(), seeds / "event_types" / "published.csv"
    rows = csv.read_text()
    csv.unlink() if lost == "file" else csv.write_text(rows.splitlines()[0] + "\n")
    path.write_text('{"required": ["nothing"]}')
    for again in (lambda: publish(home, "job", 1, None), lambda: hand_over(home)):
        with pytest.raises(EventTypeError, match=r"published version is frozen[^$]*- job,1,") as no:
            again()
        assert rows.splitlines()[1] in str(no.value)
    assert read_published(home)["job"].text == text
    path.write_bytes(text)
    csv.write_text(rows)
    hand_over(home)
    # A person may say that it is to judge no more.
    csv.unlink()
    (home / NAME).unlink()
    hand_over(home)
    assert read_published(home) == {}


@pytest.mark.parametrize(("name", "text", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_with_the_folder_stops_landing(
    seeds: Path, home: Path, name: str, text: str, says: str, capsys: pytest.CaptureFixture[str]
):
    write_schema(seeds, "job", 1, JOB)
    publish(home, "job", 1, None)
    (seeds / "event_types" / name).write_text(text)
    file = home.parent / "e.ndjson"
    file.write_text("{}")
    assert main(["ingest", str(file)]) == 2
    assert says in capsys.readouterr().err
    assert not (home / "raw_events").exists()


def test_a_version_that_loosens_needs_a_reason_and_keeps_it(seeds: Path, home: Path):
    """`api_call` is read by published metrics that ship."""
    schema = {"properties": {"region": {"type": "string", "enum": ["eu"]}}}
    write_schema(seeds, "api_call", 1, schema)
    publish(home, "api_call", 1, None)
    schema["properties"]["region"]["enum"].append("us")
    write_schema(seeds, "api_call", 2, schema)
    with pytest.raises(
        EventTypeError, match=r"(?s)region: .*api_calls version 1.*loosens.*--reason"
    ):
        publish(home, "api_call", 2, None)
    publish(home, "api_call", 2, "we sell in the US")
    assert read_registry().published["api_call", 2].reason == "we sell in the US"
    write_schema(seeds, "api_call", 3, {"properties": {}})
    with pytest.raises(EventTypeError, match="drops it"):
        publish(home, "api_call", 3, "any reason")


def test_a_version_is_published_once_and_upwards(seeds: Path, home: Path):
    write_schema(seeds, "job", 2, JOB)
    write_schema(seeds, "job", 1, JOB)
    publish(home, "job", 2, None)
    for version, says in ((2, "published already"), (1, "below it"), (3, "no version 3")):
        with pytest.raises(EventTypeError, match=says):
            publish(home, "job", version, None)


def test_a_machine_without_the_price_book_leaves_what_was_handed_over(
    seeds: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    write_schema(seeds, "job", 1, JOB)
    publish(home, "job", 1, None)
    monkeypatch.setenv("METERHOUSE_SEEDS", str(seeds / "nowhere"))
    hand_over(home)
    assert list(read_published(home)) == ["job"]


@pytest.mark.parametrize("sync", [1, 2, 3, 4])
def test_a_killed_publish_is_done_or_not_begun(
    seeds: Path, home: Path, monkeypatch: pytest.MonkeyPatch, sync: int
):
    """Killed where a file is made durable, before and after each of the two renames."""
    write_schema(seeds, "job", 1, JOB)
    publish(home, "job", 1, None)
    write_schema(seeds, "job", 2, JOB)
    child = os.fork()
    if child == 0:
        left = [sync]

        def killed(path: Path) -> None:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        monkeypatch.setattr(files, "sync_path", killed)
        publish(home, "job", 2, None)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    registry = read_registry()
    assert registry.problems == []
    assert registry.newest("job") == (1 if sync == 1 else 2)
    if sync == 1:
        publish(home, "job", 2, None)
    hand_over(home)
    assert read_published(home)["job"].version == 2
