"""Troubles by mail, through a real server: those of a pass in one mail that says what to do (S-76).

Guards against a mailbox that is full of the same trouble, and against one that is never told again.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from meterhouse.common.failures import FailedRun
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.log import deliveries
from meterhouse.delivery.mail.told import told_lately
from meterhouse.delivery.mail.troubles import parts, text, trouble
from meterhouse.delivery.outbox import note_messages
from meterhouse.delivery.overview import Selection, list_messages, replay
from meterhouse.price_book.delivery_tables import TROUBLES
from tests.unit.meterhouse.delivery.noted import noted
from tests.unit.meterhouse.delivery.troubles import land_rejected, leave_troubles
from tests.unit.meterhouse.delivery.world import (
    FAILED,
    NOW,
    Clock,
    book,
    endpoint,
    invoice,
    marts_of_everything,
    publish,
)

pytest.importorskip("aiosmtpd", reason="pip install -e '.[dev]'")
from tests.unit.meterhouse.delivery.mailbox import USER, Mailbox, mail_server_of
from tests.unit.meterhouse.delivery.test_mail import configure

OPS = endpoint("ops", url="mailto:ops@example.com", event_types=["troubles"])
CRM = endpoint("crm", event_types=["invoice.*"], disabled=False)


@pytest.fixture
def box(tmp_path, monkeypatch):
    with mail_server_of(tmp_path, "smtps") as found:
        configure(monkeypatch, found, f"smtps://{USER}@localhost:{found.port}")
        yield found


def words(box: Mailbox, number: int = -1) -> str:
    return box.got[number][1].get_content().replace("\r\n", "\n")


def give_up(home: Path, message_id: str, at, detail: str = "Gone", **more) -> None:
    """The message to `crm` is dead, or what `more` says."""
    deliveries(home).append([{
        "record": "attempt", "message_id": message_id, "target": "webhook:crm", "attempt": 1,
        "outcome": "dead", "status": 410, "detail": detail, "recorded_at": at, **more,
    }])  # fmt: skip


def test_all_troubles_of_a_pass_are_one_mail_that_says_what_to_do(box, tmp_path):
    home = tmp_path / "home"
    land_rejected(home)
    leave_troubles(home)
    publish(home, marts_of_everything(), book(OPS, CRM))
    assert deliver(home, Clock(), [FAILED]).outcomes["delivered"] == len(TROUBLES)
    [(recipients, made)] = box.got
    assert recipients == ["ops@example.com"]
    assert made["Subject"].strip() == (
        f"[Meterhouse] Trouble: a message to webhook:crm was given up, and {len(TROUBLES) - 1} more"
    )
    said = words(box)
    for command in (
        "meterhouse run",
        "meterhouse source list",
        "meterhouse quarantine list --source gateway",
        "meterhouse deliveries replay --dead --target webhook:crm",
        "meterhouse verify --sample 0",
    ):
        assert command in said, command
    assert "Since: 2026-02-10 05:02:00 UTC" in said, "when the run failed"
    assert "rates.csv, row 12" in said
    assert said.count("To do:") == len(TROUBLES)


def test_many_messages_that_were_given_up_are_one_part_of_one_mail(box, tmp_path):
    home, days = tmp_path / "home", range(1, 31)
    rows = [invoice(f"acme-1.usage.2026-01-{day:02}") for day in days]
    publish(home, {"invoices": rows}, book(OPS, CRM))
    note_messages(home, NOW)
    for row in noted(home):
        give_up(home, row["message_id"], NOW)
    deliver(home, Clock())
    [(_, made)] = box.got
    what = "a message to webhook:crm was given up (30 times)"
    assert made["Subject"].strip() == f"[Meterhouse] Trouble: {what}"
    assert "410 Gone" in words(box) and "… and 25 more" in words(box)


def test_the_same_standing_trouble_is_one_mail_a_day(box, tmp_path):
    home, clock = tmp_path / "home", Clock()
    publish(home, {}, book(OPS))

    def fails(number: int, error: str = "the price book has 1 problem") -> None:
        deliver(home, clock, [FailedRun(f"run-{number}", "run", clock.now, error)])

    (home / "standing.json").write_text(json.dumps({"as_of": NOW.isoformat(),
                                                    "recorded_at": NOW.isoformat()}))  # fmt: skip
    fails(1)
    for number in range(2, 22):
        clock.passes(hours=1)
        fails(number)
    assert len(box.got) == 1, "hourly runs that fail alike"
    rows, _ = list_messages(home, Selection(outcome="delivered"), 100)
    assert len(rows) == 21
    unsent = [row for row in rows if row["detail"].startswith("not mailed: a mail told of")]
    assert len(unsent) == 20
    fails(30, "the disk is full")
    assert "the disk is full" in words(box) and len(box.got) == 2, "another trouble is told at once"
    clock.passes(hours=4, minutes=1)
    fails(31)
    assert len(box.got) == 3, "a day has passed"


def test_a_trouble_that_was_over_and_came_again_is_told_again(box, tmp_path):
    home, clock = tmp_path / "home", Clock()
    publish(home, {}, book(OPS))
    fail = FailedRun("run-1", "run", clock.now, "the price book has 1 problem")
    deliver(home, clock, [fail])
    clock.passes(hours=1)
    moments = {"as_of": clock.now.isoformat(), "recorded_at": clock.now.isoformat()}
    (home / "standing.json").write_text(json.dumps(moments))
    clock.passes(hours=1)
    deliver(home, clock, [FailedRun("run-2", "run", clock.now, fail.error)])
    assert len(box.got) == 2


def test_a_receiver_that_took_a_message_since_and_fails_again_is_told_again(box, tmp_path):
    home, clock = tmp_path / "home", Clock()
    rows = [invoice(f"acme-1.usage.2026-01-{day:02}") for day in (1, 2, 3, 4)]
    publish(home, {"invoices": rows}, book(OPS, CRM))
    note_messages(home, NOW)
    ids = [row["message_id"] for row in noted(home)]
    for id, mails in ((ids[0], 1), (ids[1], 1)):
        give_up(home, id, clock.now)
        deliver(home, clock)
        assert len(box.got) == mails
        clock.passes(hours=1)
    give_up(home, ids[2], clock.now, outcome="delivered", status=204)
    clock.passes(hours=1)
    give_up(home, ids[3], clock.now)
    deliver(home, clock)
    assert len(box.got) == 2


def test_what_was_not_mailed_is_mailed_when_a_person_replays_it(box, tmp_path):
    home, clock = tmp_path / "home", Clock()
    publish(home, {}, book(OPS))
    for number in (1, 2):
        deliver(home, clock, [FailedRun(f"run-{number}", "run", clock.now, "no")])
        clock.passes(minutes=5)
    rows, _ = list_messages(home, Selection(outcome="delivered"), 10)
    [unsent] = [row["message_id"] for row in rows if row["detail"].startswith("not mailed")]
    replay(home, Selection((unsent,), outcome="all"), clock())
    deliver(home, clock)
    assert len(box.got) == 2 and unsent in words(box)


def test_a_mail_that_is_refused_for_now_is_sent_again_as_the_same_mail(box, tmp_path):
    home, clock = tmp_path / "home", Clock()
    publish(home, {}, book(OPS))
    failures = [FailedRun(f"run-{number}", "run", NOW, f"problem {number}") for number in (1, 2)]
    box.taken = "451 try later"
    assert deliver(home, clock, failures).outcomes == {"failed": 2}
    box.taken = "250 OK"
    clock.passes(minutes=1)
    assert deliver(home, clock, failures).outcomes == {"delivered": 2}
    [(_, made)] = box.got
    again = {row["detail"] for row in list_messages(home, Selection(outcome="all"), 9)[0]}
    assert again == {"taken"}
    assert made["Message-ID"].startswith("<troubles_")


def test_what_was_not_mailed_is_no_sign_that_a_mailbox_takes_mail(tmp_path):
    """Another mailbox was told each time that this one was given up."""
    more = {"target": "mail:ops", "status": 250, "outcome": "delivered"}
    give_up(tmp_path, "msg_1", NOW, **more, detail="not mailed: a mail told of the same")
    assert told_lately(tmp_path, "mail:boss", NOW).delivered == {}
    give_up(tmp_path, "msg_2", NOW, **more, detail="taken")
    assert told_lately(tmp_path, "mail:boss", NOW).delivered == {"mail:ops": NOW}


def test_each_kind_of_trouble_has_words_of_its_own(tmp_path):
    land_rejected(tmp_path)
    leave_troubles(tmp_path)
    publish(tmp_path, marts_of_everything(), book(OPS, CRM))
    note_messages(tmp_path, NOW + timedelta(minutes=1), [FAILED])
    for row in noted(tmp_path):
        if row["message_type"] in TROUBLES:
            found = trouble(row["message_id"], row["body"])
            assert found.title != "something needs a person", row["message_type"]
            assert "meterhouse " in found.to_do and "None" not in text([found])


def test_a_run_that_was_killed_is_called_that():
    error = "A run (process 12) was killed at work"
    data = {"run_id": "killed-20260210T050200.000000", "job": "run", "error": error}
    body = {"type": "run.failed", "timestamp": "2026-02-10T05:02:00.000000Z", "data": data}
    found = trouble("msg_1", json.dumps(body))
    assert found.title == "a run was killed"
    assert found.to_do.startswith("meterhouse run")


def test_what_is_killed_again_and_again_is_one_trouble():
    """Its text names another process each time; of the other job it is another trouble."""
    found = []
    for number, job in (("12", "run"), ("13", "run"), ("14", "live")):
        data = {"run_id": f"killed-{number}", "job": job, "error": f"process {number} was killed"}
        body = {"type": "run.failed", "timestamp": "2026-02-10T05:02:00.000000Z", "data": data}
        found.append(trouble("msg_" + number, json.dumps(body)))
    assert [len(part) for part in parts(found)] == [2, 1]
