"""The clock rules (S-4).

Guards against invoices that a wrong clock, or a forgotten `--as-of`, makes final for good; against
events that land before what is final; and against a live installation that waits for a person.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from dagster_pipeline.defs.resources import Clock
from meterhouse.cli.main import main
from meterhouse.ledger.store import Ledger
from meterhouse.warehouse import clock
from meterhouse.warehouse.clock import (
    REPLAYED,
    Recorded,
    check_clock,
    choose_as_of,
    due_by,
    machine_clock,
    note_run,
    replayed_clock,
)
from meterhouse.warehouse.errors import ClockError
from raw_events.log.event_log import EventLog
from tests.unit.raw_events.event_cases import line, write

JANUARY = datetime(2025, 1, 20, 12, tzinfo=UTC)
COMMANDS = {
    "ingest": ["events.ndjson"],
    "collect": [],
    "run": [],
    "retract": ["a", "--reason", "x"],
    "void": ["INV-000001", "--reason", "x", "--yes"],
    "quarantine": ["replay"],
    "waive": ["waive", "--code", "bad_timestamp", "--reason", "x"],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data directory beside a file of events of today and one of January 2025."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    write(tmp_path / "events.ndjson", line("a", timestamp=f"{machine_clock():%Y-%m-%dT%H:%M:%SZ}"))
    write(tmp_path / "january.ndjson", line("j", timestamp="2025-01-15T00:00:00Z"))
    write(tmp_path / "more.ndjson", line("m", timestamp="2025-01-16T00:00:00Z"))
    return tmp_path / "home"


def command(name: str, *options: str) -> int:
    own = "quarantine" if name == "waive" else name
    return main([own, *COMMANDS[name], *options])


def text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_moment_ahead_of_the_clock_is_refused_by_all_that_record_one(
    home, finalized, monkeypatch, capsys, name
):
    if name == "void":
        monkeypatch.setenv("METERHOUSE_HOME", str(finalized(1)))
    assert command(name, "--as-of", text(machine_clock() + timedelta(hours=2))) == 2
    said = capsys.readouterr().err
    assert "is more than an hour ahead of this machine's clock" in said and "--ahead" in said
    assert EventLog(home).version() == -1


def test_who_insists_may_work_ahead_of_the_clock(home, finalized, monkeypatch, capsys):
    later = machine_clock() + timedelta(days=400)
    file = write(home.parent / "later.ndjson", line("l", timestamp=text(later)))
    assert main(["ingest", "--as-of", text(later), "--ahead", str(file)]) == 0
    capsys.readouterr()
    # what comes after it must insist as well, and is told so
    assert command("ingest") == 2
    assert f"Use --as-of {text(later)} or later, with --ahead." in capsys.readouterr().err


def test_a_clock_that_goes_wrong_by_minutes_stops_nobody(tmp_path):
    check_clock(tmp_path, machine_clock() + timedelta(minutes=59))


def test_landing_is_bounded_by_the_ledger(home, finalized, monkeypatch, capsys):
    folder = finalized(1)
    monkeypatch.setenv("METERHOUSE_HOME", str(folder))
    files = str(home.parent / "january.ndjson")
    assert main(["ingest", "--as-of", "2025-03-01T00:00:00Z", files]) == 2
    said = capsys.readouterr().err
    assert "the latest invoices were finalized as of 2025-03-02T00:00:00Z" in said
    assert EventLog(folder).version() == -1


# Nothing follows from the moment of a waiver.
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "waive"])
def test_a_replayed_clock_asks_for_the_moment(home, finalized, monkeypatch, capsys, name):
    """The demo's, and that of a trial: log or ledger were written long after their moments."""
    if name == "void":
        monkeypatch.setenv("METERHOUSE_HOME", str(finalized(1)))
        latest = "2025-03-02T00:00:00Z"
    else:
        latest = text(JANUARY)
        assert main(["ingest", "--as-of", latest, "january.ndjson"]) == 0
    capsys.readouterr()
    assert command(name) == 2
    said = capsys.readouterr().err
    assert f"is replayed: its latest moment, {latest}, lay" in said
    assert f"Say which you mean: --as-of {latest} or later; or --now" in said
    # Also where the command makes nothing final itself: it lets the next run do so.
    assert said.count("make final every invoice that is due by then") == 1
    assert command(name, "--now", "--as-of", latest) == 2
    assert "not both" in capsys.readouterr().err


def test_it_goes_on_where_it_was_and_is_live_after_now(home):
    assert main(["ingest", "--as-of", text(JANUARY), "january.ndjson"]) == 0
    assert main(["ingest", "--as-of", text(JANUARY + timedelta(days=1)), "more.ndjson"]) == 0
    assert main(["ingest", "events.ndjson"]) == 2
    assert main(["ingest", "--now", "events.ndjson"]) == 0
    assert replayed_clock(home) is None
    assert main(["retract", "nowhere", "--reason", "x"]) == 1


def test_an_installation_that_was_off_goes_on_without_a_person(tmp_path, monkeypatch):
    """Its moments were those of the machine's clock when they were recorded, however long ago."""
    past = machine_clock() - timedelta(days=90)
    monkeypatch.setattr(clock, "_landed", lambda home: Recorded(past, past + timedelta(minutes=2)))
    monkeypatch.setattr(clock, "_finalized", lambda home: Recorded(past, past + timedelta(hours=1)))
    assert replayed_clock(tmp_path) is None
    assert choose_as_of(tmp_path, None, "x") > past


@pytest.mark.parametrize(
    ("behind", "replayed"), [(REPLAYED, False), (REPLAYED + timedelta(seconds=1), True)]
)
def test_a_week_behind_is_replayed(tmp_path, monkeypatch, behind, replayed):
    monkeypatch.setattr(clock, "_landed", lambda home: Recorded(JANUARY, JANUARY + behind))
    assert bool(replayed_clock(tmp_path)) is replayed


def test_a_run_that_leaves_nothing_in_log_and_ledger_counts(tmp_path):
    note_run(tmp_path, JANUARY)
    assert replayed_clock(tmp_path).as_of == JANUARY
    with pytest.raises(ClockError, match="is replayed"):
        choose_as_of(tmp_path, None, due_by)
    note_run(tmp_path, machine_clock())
    assert replayed_clock(tmp_path) is None
    (tmp_path / "last_run.json").write_text("torn")
    assert replayed_clock(tmp_path) is None


def running(as_of: str) -> Clock:
    made = Clock(as_of=as_of)
    made.setup_for_execution(dg.build_init_resource_context())
    return made


def test_a_scheduled_run_asks_alike_and_can_be_told(tmp_path):
    note_run(tmp_path, JANUARY)
    with pytest.raises(ClockError, match="is replayed"):
        Clock().checked(tmp_path)
    assert Clock(now=True).checked(tmp_path) > JANUARY
    note_run(tmp_path, machine_clock())
    assert Clock().checked(tmp_path) > JANUARY
    with pytest.raises(ClockError, match="--ahead"):
        running("2999-01-01T00:00:00Z").checked(tmp_path)


def test_it_says_what_a_run_would_make_final(tmp_path):
    folder = tmp_path / ".marts" / "1"
    folder.mkdir(parents=True)
    (tmp_path / "marts").symlink_to(Path(".marts") / "1")
    duckdb.sql(
        "copy (select unnest(['draft', 'draft', 'draft', 'finalized']) as status, "
        "unnest(['2025-02-02', '2025-03-02', '2999-01-01', '2025-02-02'])::timestamptz "
        f"as finalizes_at) to '{folder / 'invoices.parquet'}' (format parquet)"
    )
    note_run(tmp_path, JANUARY)
    with pytest.raises(ClockError, match="2 of the drafts that are published and those of all"):
        choose_as_of(tmp_path, None, due_by)


def test_entries_of_log_and_ledger_say_when_they_were_written(home, finalized):
    folder = finalized(1)
    assert main(["ingest", "--as-of", text(JANUARY), "january.ndjson"]) == 0
    for written in (EventLog(home).entries(0, 1)[0], Ledger(folder).head()):
        assert timedelta(0) <= machine_clock() - written.recorded_at < timedelta(hours=1)


def test_a_batch_that_lands_while_the_clock_is_asked_stops_no_run(home, monkeypatch):
    """A run and the door's lander begin by the same segment; the run was refused as too early."""
    monkeypatch.setattr(clock, "_latest_landing", lambda *_: machine_clock())
    assert choose_as_of(home, None, None) <= machine_clock()
    with pytest.raises(ClockError, match="too early"):
        choose_as_of(home, machine_clock() - timedelta(seconds=5), None)
