"""Events by their ids: as the log has them up to the publication, repeats and retractions known."""

import json
from datetime import UTC, datetime

import metronome
import pytest

from meterhouse.server.reading import log_window
from raw_events.ingest.landing import land_file
from raw_events.ingest.retract import retract
from raw_events.log.event_log import EventLog
from tests.unit.meterhouse.server.reading.tiny import publish, sdk

FIRST, SECOND, LATER = (datetime(2026, 2, day, tzinfo=UTC) for day in (8, 9, 10))


def event(id: str, customer: str, **more) -> dict:
    return {
        "transaction_id": id,
        "customer_id": customer,
        "event_type": "api_call",
        "timestamp": "2026-02-07T12:00:00.5+01:00",
        "properties": {"region": "eu", "n": 12345678901234567890},
        **more,
    }


def land(home, as_of: datetime, *events: dict) -> None:
    file = home / f"{as_of:%d}.ndjson"
    file.write_text("".join(json.dumps(one) + "\n" for one in events))
    land_file(home, file, None, as_of)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    old = event("old", "acme", timestamp="2026-01-06T00:00:00Z")
    land(home, FIRST, event("one", "acme"), event("back", "key-1"), event("who", "nobody"), old)
    retract(home, ["back"], "a mistake", "tester", FIRST)
    land(
        home,
        SECOND,
        event("one", "acme"),
        event("back", "key-1"),
        event("alias", "acme-old"),
        event("odd", "acme", event_type="nothing_takes_it"),
    )
    publish(home, {}, log_version=EventLog(home).version())
    # Nobody has run since.
    land(home, LATER, event("new", "acme"))
    return home


@pytest.fixture(scope="module")
def usage(home):
    return sdk(home).v1.usage


def test_an_event_with_what_it_matches(usage):
    first, repeat = usage.search(transaction_ids=["one"])
    assert (first.is_duplicate, repeat.is_duplicate) == (False, True)
    assert first.timestamp == datetime(2026, 2, 7, 11, 0, 0, 500000, tzinfo=UTC)
    assert (first.processed_at, repeat.processed_at) == (FIRST, SECOND)
    assert (first.matched_customer.id, first.matched_customer.name) == ("acme", "Acme")
    # Products point at one version of the two metrics that take API calls.
    assert [one.id for one in first.matched_billable_metrics] == ["api_calls_v1"]
    assert first.properties == {"region": "eu", "n": 12345678901234567890}
    assert first.id != repeat.id


def test_aliases_and_strangers(usage):
    # On the day of the event the alias was the other customer's (S-9).
    [alias] = usage.search(transaction_ids=["alias"])
    assert alias.matched_customer.id == "globex"
    [stranger] = usage.search(transaction_ids=["who"])
    assert stranger.matched_customer is None
    [odd] = usage.search(transaction_ids=["odd"])
    assert odd.matched_billable_metrics == []


def test_what_was_taken_back_counts_as_never_sent(usage):
    before, after = usage.search(transaction_ids=["back"])
    assert (before.is_retracted, after.is_retracted) == (True, False)
    assert (before.is_duplicate, after.is_duplicate) == (False, False)


def test_only_what_is_published_and_of_34_days(usage):
    assert usage.search(transaction_ids=["new", "old", "never"]) == []


def test_a_repeat_of_what_is_not_looked_through_is_not_denied(home, monkeypatch):
    monkeypatch.setattr(log_window, "FILES", 1)
    monkeypatch.setattr(log_window, "DAYS", log_window.DAYS * 0)
    window = log_window.LogWindow(home)
    entries, is_whole = window.entries(3, datetime(2026, 2, 10, 6, tzinfo=UTC))
    assert [entry.version for entry in entries] == [3] and not is_whole


def test_limits(usage):
    with pytest.raises(metronome.BadRequestError, match="at most 100"):
        usage.search(transaction_ids=[str(number) for number in range(101)])
    with pytest.raises(metronome.BadRequestError, match="missing"):
        usage.search(transaction_ids=[])
