"""A pass: what is due is sent, and the log says what came of it (S-70, S-74)."""

from threading import Event

import pytest

from meterhouse.delivery.attempts import Answer
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.errors import DeliveryError, DeliveryInProgress
from meterhouse.delivery.lock import delivery_lock
from meterhouse.delivery.log import deliveries
from meterhouse.delivery.overview import Selection, health, list_messages, replay, show_message
from tests.unit.meterhouse.delivery.others import BROKEN, GONE, OK, clock, home_with, others
from tests.unit.meterhouse.delivery.world import book, endpoint, invoice, publish

__all__ = ["clock", "others"]


def test_each_endpoint_gets_each_message_once(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint("crm"), endpoint("erp"), invoices=3)
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 6}
    assert deliver(home, clock, senders=others).outcomes == {}
    assert len(others.got["crm"]) == len(set(others.got["crm"])) == 3
    assert sorted(others.got["crm"]) == sorted(others.got["erp"])
    assert deliveries(home).version() == 2, "messages in one entry, attempts in one"


def test_a_message_is_tried_again_by_the_schedule_until_it_is_dead(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint())
    others.answers["crm"] = BROKEN
    minutes = [0, 1, 5, 30, 120, 300, 600, 840, 1200, 1440]
    for tries, wait in enumerate(minutes, 1):
        clock.passes(minutes=wait)
        if tries in (2, len(minutes)):
            clock.passes(seconds=-1)
            assert deliver(home, clock, senders=others).outcomes == {}, "not before its time"
            clock.passes(seconds=1)
        expected = "dead" if tries == len(minutes) else "failed"
        assert deliver(home, clock, senders=others).outcomes == {expected: 1}
    clock.passes(days=100)
    assert deliver(home, clock, senders=others).outcomes == {}
    assert len(set(others.got["crm"])) == 1, "the same id and body each time"
    assert health(home).dead == 1


def test_a_dead_message_is_replayed_with_its_id_and_the_whole_schedule(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint(), invoices=2)
    others.answers["crm"] = GONE
    assert deliver(home, clock, senders=others).outcomes == {"dead": 2}
    [first, _], total = list_messages(home, Selection(outcome="dead"), 10)
    assert (total, first["status"], first["attempts"]) == (2, 410, 1)
    assert len(replay(home, Selection((first["message_id"],), outcome="all"), clock())) == 1
    others.answers["crm"] = BROKEN
    assert deliver(home, clock, senders=others).outcomes == {"failed": 1}
    clock.passes(minutes=1)
    others.answers["crm"] = OK
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 1}
    message, history = show_message(home, first["message_id"])
    assert [(it["record"], it["attempt"], it["outcome"]) for it in history] == [
        ("attempt", 1, "dead"),
        ("replay", 1, None),
        ("attempt", 2, "failed"),
        ("attempt", 3, "delivered"),
    ]
    assert (message["message_id"], message["body"]) in others.got["crm"]
    assert health(home).dead == 1, "the other one still is"


def test_what_waits_is_not_replayed(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint())
    others.answers["crm"] = BROKEN
    deliver(home, clock, senders=others)
    assert replay(home, Selection(outcome="all"), clock()) == []
    with pytest.raises(DeliveryError, match="no message 'msg_x'"):
        replay(home, Selection(("msg_x",), outcome="all"), clock())


def test_an_endpoint_that_does_not_answer_keeps_nobody_waiting(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint("crm"), endpoint("erp"), invoices=9)
    heard = Event()

    def silent(_: str) -> Answer:
        assert heard.wait(10), "erp is served meanwhile"
        return Answer(None, "timed out")

    def last(_: str) -> Answer:
        if len(others.got["erp"]) == 9:
            heard.set()
        return OK

    others.answers.update(crm=silent, erp=last)
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 9, "failed": 3}
    assert len(others.got["crm"]) == 3, "left alone for this pass; the rest waits untried"


def test_an_endpoint_without_a_secret_is_named_and_the_others_are_served(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint("crm"), endpoint("erp"))
    others.answers["crm"] = DeliveryError("Endpoint crm has no secret.")
    done = deliver(home, clock, senders=others)
    assert (done.outcomes, done.troubles) == ({"delivered": 1}, ["Endpoint crm has no secret."])
    others.answers["crm"] = OK
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 1}


def test_a_message_that_breaks_a_sender_stops_no_other(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint(), invoices=3)
    worst: list[str] = []

    def breaks(message_id: str) -> Answer:
        worst[:] = worst or [message_id]
        if message_id == worst[0]:
            raise ValueError("a library that nobody foresaw")
        return OK

    others.answers["crm"] = breaks
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 2, "failed": 1}


def test_what_is_answered_is_kept_without_secrets(tmp_path, clock, others, monkeypatch):
    monkeypatch.setenv("METERHOUSE_WEBHOOK_SECRET_CRM", "whsec_veryverysecret")
    home = home_with(tmp_path, endpoint())
    others.answers["crm"] = Answer(500, "who signs with whsec_veryverysecret?")
    deliver(home, clock, senders=others)
    [[row], _] = list_messages(home, Selection(outcome="failed"), 1)
    assert row["detail"] == "who signs with ***?"


def test_an_endpoint_that_is_switched_off_waits_and_gets_all_when_it_is_on(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint("crm"), endpoint("erp"))
    deliver(home, clock, senders=others)
    asked = {"event_types": ["invoice.finalized"]}
    rows = [invoice("acme-1.usage.2026-01-01"), invoice("acme-1.usage.2026-01-02")]
    off = book(endpoint("crm", disabled=True, **asked), endpoint("erp", **asked))
    publish(tmp_path, {"invoices": rows}, off, 2)
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 1}
    assert health(home).oldest is None, "what waits on purpose is no alarm"
    on = book(endpoint("crm", **asked), endpoint("erp", **asked))
    publish(tmp_path, {"invoices": rows}, on, 3)
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 1}
    assert len(others.got["crm"]) == 2


def test_one_process_delivers_at_a_time(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint())
    with delivery_lock(home), pytest.raises(DeliveryInProgress):
        deliver(home, clock, senders=others)
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 1}


def test_a_pass_ends_in_time(tmp_path, clock, others):
    home = home_with(tmp_path, endpoint(), invoices=3)
    assert deliver(home, clock, senders=others, seconds=0).outcomes == {}
    assert deliver(home, clock, senders=others).outcomes == {"delivered": 3}


@pytest.mark.parametrize("answer", [Answer(429, "slow down"), BROKEN, GONE, Answer(302, "moved")])
def test_an_endpoint_that_answers_whatever_it_says_gets_every_message_of_a_pass(
    tmp_path, clock, others, answer
):
    """As the table of docs/webhooks.md has it: no answer alone leaves an endpoint alone."""
    home = home_with(tmp_path, endpoint(), invoices=5)
    others.answers["crm"] = answer
    done = deliver(home, clock, senders=others)
    assert len(others.got["crm"]) == 5
    assert done.silent == []
    assert dict(done.outcomes) == {"dead" if answer.status in (302, 410) else "failed": 5}
