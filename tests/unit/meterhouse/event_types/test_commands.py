"""Guards against `event-type new` and `check` that mislead a person who writes a schema (S-64)."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterhouse.cli.main import main
from meterhouse.common.settings import PROJECT
from meterhouse.event_types.check import publish
from meterhouse.event_types.hand_over import hand_over
from meterhouse.event_types.registry import read_registry
from raw_events.schemas.published import read_published
from tests.unit.meterhouse.event_types.folder import JOB, land, write_schema


def test_new_says_that_no_event_has_such_a_type(seeds: Path, home: Path, capsys):
    land(home, "a", {"minutes": 1}, event_type="gpu_job")
    assert main(["event-type", "new", "gpu_jbo"]) == 0
    said = capsys.readouterr().out
    assert "no event of the type gpu_jbo landed in the last 34 days; did you mean gpu_job?" in said
    assert main(["event-type", "new", "gpu_job"]) == 0
    assert "did you mean" not in capsys.readouterr().out


def test_check_says_what_would_be_refused_with_examples(
    seeds: Path, home: Path, capsys: pytest.CaptureFixture[str]
):
    early = datetime(2025, 12, 28, tzinfo=UTC)
    land(home, "old", {"minutes": 99}, day="2025-12-27", as_of=early)
    land(home, "a", {"minutes": 5}, {"minutes": "61"}, {})
    write_schema(seeds, "job", 1, JOB)
    assert main(["event-type", "check", "job"]) == 0
    said = capsys.readouterr().out
    assert "of 3 events of the last 34 days it would refuse 2" in said
    assert "1  maximum of minutes (sent as string)" in said
    assert 'for example (maximum) a1: "minutes" is "61"' in said
    assert "required of minutes" in said


def test_check_names_file_and_keyword(seeds: Path, home: Path, capsys: pytest.CaptureFixture[str]):
    path = write_schema(seeds, "job", 1, {"properties": {"a": {"format": "date"}}})
    assert main(["event-type", "check"]) == 2
    assert f"{path}: properties.a.format: It is not judged here" in capsys.readouterr().out
    assert main(["event-type", "publish", "job", "1"]) == 2
    assert read_registry().published == {}


def test_new_writes_what_events_have_and_then_the_next_version(
    seeds: Path, home: Path, capsys: pytest.CaptureFixture[str]
):
    land(home, "a", {"minutes": 5, "x": None}, {"minutes": "7", "deep": {"a": [1]}})
    assert main(["event-type", "new", "job"]) == 0
    path = seeds / "event_types" / "job" / "v1.json"
    written = json.loads(path.read_text())
    assert written["properties"] == {
        "x": {"type": "null"},
        "deep": {"type": "object"},
        "minutes": {"type": ["string", "number"]},
    }
    assert written["required"] == ["minutes"]
    assert main(["event-type", "new", "job"]) == 2
    assert "is not published: edit it" in capsys.readouterr().err
    publish(home, "job", 1, None)
    assert main(["event-type", "new", "job"]) == 0
    assert path.with_name("v2.json").read_text() == path.read_text()


def test_the_example_of_the_page_can_be_pasted(
    seeds: Path, home: Path, capsys: pytest.CaptureFixture[str]
):
    """docs/event_types.md: its schema, what check prints, modes.csv."""
    page = (PROJECT / "docs" / "event_types.md").read_text("utf-8")
    schema = json.loads(page.split("```json")[1].split("```")[0])
    write_schema(seeds, "gpu_job", 1, schema)
    job = {"minutes": 3600, "model": "h100", "job_id": "j-4711"}
    land(home, "j-471", job, {**job, "minutes": "12.5"}, event_type="gpu_job")
    assert main(["event-type", "check", "gpu_job"]) == 0
    said = capsys.readouterr().out
    for line in (
        "gpu_job version 1 (not published; the first version)",
        "12  maximum of minutes (sent as number)".replace("12", "1"),
        '"minutes" is 3600, and version 1 of gpu_job says maximum 1440',
    ):
        assert line in said
        assert line.replace("1  maximum", "12  maximum") in page
    assert main(["event-type", "publish", "gpu_job", "1"]) == 0
    modes = page.split("write `event_types/modes.csv`:")[1].split("```")[1]
    lines = [line.strip() for line in modes.strip().splitlines()]
    (seeds / "event_types" / "modes.csv").write_text("\n".join(lines) + "\n")
    hand_over(home)
    assert read_published(home)["gpu_job"].mode == "quarantine"
