"""What breaks is told, by one setting, and also when no run happens (S-76).

Guards against silence: a pipeline that stands still tells nobody by itself.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterhouse.common.errors import UsageError
from meterhouse.common.failures import FailedRun, note_failure, noted_failures
from meterhouse.delivery.log import deliveries
from meterhouse.delivery.outbox import note_messages
from meterhouse.delivery.watched import stale_after
from meterhouse.price_book.delivery_tables import TROUBLES
from meterhouse.warehouse.standing import note_standing, stands_since
from tests.unit.meterhouse.delivery.noted import noted, told
from tests.unit.meterhouse.delivery.troubles import land_rejected, leave_troubles
from tests.unit.meterhouse.delivery.world import (
    FAILED,
    NOW,
    book,
    endpoint,
    invoice,
    marts_of_everything,
    publish,
)

OPS = endpoint("ops", event_types=["troubles"])


def kinds(home: Path, now: datetime = NOW) -> list[str]:
    """The types of what is noted after a pass, in their order."""
    note_messages(home, now)
    return [row["message_type"] for row in noted(home)]


def test_troubles_is_one_word_for_all_of_them(tmp_path):
    land_rejected(tmp_path)
    leave_troubles(tmp_path)
    publish(tmp_path, marts_of_everything(), book(OPS, endpoint("crm", disabled=False)))
    note_messages(tmp_path, NOW, [FAILED])
    assert set(told(tmp_path, "ops")) == set(TROUBLES)


def stand(home: Path, at: datetime) -> None:
    moments = {"as_of": at.isoformat(), "recorded_at": at.isoformat()}
    (home / "standing.json").write_text(json.dumps(moments))


def test_marts_that_nobody_renews_are_told_once_a_day(tmp_path):
    publish(tmp_path, {}, book(OPS))
    stand(tmp_path, NOW - timedelta(hours=26))
    assert kinds(tmp_path) == []
    for minutes, times in ((1, 1), (9, 1), (24 * 60, 2)):
        assert kinds(tmp_path, NOW + timedelta(minutes=minutes)) == ["marts.stale"] * times
    body = json.loads(noted(tmp_path)[0]["body"])
    assert body["data"] == {
        "stands_since": "2026-02-09T04:05:00.000000Z",
        "hours": 26,
        "published_as_of": "2026-02-10T06:00:00.000000Z",
    }
    stand(tmp_path, NOW + timedelta(hours=24))
    assert len(kinds(tmp_path, NOW + timedelta(hours=25))) == 2


def test_a_run_that_finds_nothing_new_stands(tmp_path):
    """The publication is of last week, and right."""
    assert stands_since(tmp_path) is None
    publish(tmp_path, {}, book(OPS))
    assert stands_since(tmp_path) is not None
    note_standing(tmp_path, NOW)
    stands = stands_since(tmp_path)
    assert stands and datetime.now(UTC) - stands < timedelta(minutes=5)


def test_how_many_hours_is_a_setting(monkeypatch):
    assert stale_after() == timedelta(hours=26)
    monkeypatch.setenv("METERHOUSE_STALE_HOURS", "3")
    assert stale_after() == timedelta(hours=3)
    monkeypatch.setenv("METERHOUSE_STALE_HOURS", "0")
    with pytest.raises(UsageError, match="METERHOUSE_STALE_HOURS=0"):
        stale_after()


def test_a_run_that_failed_without_dagster_is_told_and_one_in_both_once(tmp_path):
    publish(tmp_path, {}, book(OPS))
    note_failure(tmp_path, FAILED)
    old = FailedRun("old", "live", NOW - timedelta(days=4), "long ago")
    note_failure(tmp_path, old)
    note_failure(tmp_path, FailedRun("live-1", "live", NOW, "the disk is full"))
    note_messages(tmp_path, NOW, [FAILED])
    assert [row["subject"] for row in noted(tmp_path)] == ["job:run", "job:live"]
    (tmp_path / "failed_runs.json").write_text("{")
    assert noted_failures(tmp_path) == []


def test_what_came_over_http_and_is_not_landed(tmp_path):
    publish(tmp_path, {}, book(OPS))
    folder = tmp_path / "segments" / "gateway"
    folder.mkdir(parents=True)
    (folder / "20260210T040000.000000Z-0123456789abcdef.ndjson").write_text("{}\n")
    note_messages(tmp_path, NOW)
    [row] = noted(tmp_path)
    assert json.loads(row["body"])["data"] == {
        "source": "gateway", "status": "not landed", "seconds_behind": 7500, "error": None,
    }  # fmt: skip


def test_a_message_that_was_given_up_is_told_and_never_of_itself(tmp_path):
    asked = [endpoint("crm", event_types=["invoice.*"]), OPS]
    publish(tmp_path, {"invoices": [invoice("acme-1.usage.2026-01-01")]}, book(*asked))
    assert kinds(tmp_path) == ["invoice.finalized"]
    for target, number in (("webhook:crm", 1), ("webhook:ops", 2)):
        dead = {"record": "attempt", "target": target, "attempt": number, "outcome": "dead",
                "status": 410, "detail": "Gone", "recorded_at": NOW}  # fmt: skip
        last = noted(tmp_path)[-1]
        deliveries(tmp_path).append([{**dead, "message_id": last["message_id"]}])
        assert kinds(tmp_path) == ["invoice.finalized", "message.dead"]


def test_an_endpoint_that_is_gone_gives_nothing_up(tmp_path):
    leave_troubles(tmp_path)
    (tmp_path / "sources" / "shop.json").unlink()
    stand(tmp_path, NOW)
    publish(tmp_path, {}, book(OPS))
    assert told(tmp_path, "ops") == []
