"""Messages as e-mail, through a real server over TLS (S-74, S-76)."""

import json
from datetime import UTC, datetime

import pytest

from meterhouse.delivery.attempts import DEAD, judge
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.errors import DeliveryError
from meterhouse.delivery.mail.send import MailSender
from meterhouse.delivery.mail.words import mail
from meterhouse.delivery.overview import Selection, list_messages, replay
from tests.unit.meterhouse.delivery.world import Clock, book, endpoint, marts_of_everything, publish

pytest.importorskip("aiosmtpd", reason="pip install -e '.[dev]'")
from tests.unit.meterhouse.delivery.mailbox import (
    PASSWORD,
    USER,
    Mailbox,
    mail_server_of,
)

NOW = datetime(2026, 2, 10, 6, 5, tzinfo=UTC)
BODY = json.dumps({
    "type": "alert.triggered", "timestamp": "2026-02-10T06:00:00.000000Z",
    "subject": "alert:month-1000:acme-1", "sequence": 1,
    "data": {"alert_id": "month-1000", "customer_id": "acme", "value": "1204.5", "metric": None,
             "pricing_group": {"region": "é"}},
})  # fmt: skip


@pytest.fixture(params=["smtps", "starttls"])
def box(request, tmp_path, monkeypatch):
    with mail_server_of(tmp_path, request.param) as found:
        scheme = "smtps" if request.param == "smtps" else "smtp"
        configure(monkeypatch, found, f"{scheme}://{USER}@localhost:{found.port}")
        yield found


def configure(monkeypatch, box: Mailbox, url: str) -> None:
    monkeypatch.setenv("METERHOUSE_SMTP_URL", url)
    monkeypatch.setenv("METERHOUSE_SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("METERHOUSE_MAIL_FROM", "Meterhouse <billing@example.com>")
    monkeypatch.setenv("METERHOUSE_SMTP_CA", str(box.authority))


def test_a_message_goes_to_every_address_over_tls(box):
    sender = MailSender("mailto:ops@example.com,finance@example.com")
    assert sender.send("msg_1", BODY, NOW).status == 250
    [(recipients, made)] = box.got
    assert recipients == ["ops@example.com", "finance@example.com"]
    # A server of smtps:// speaks nothing else; aiosmtpd notes STARTTLS.
    assert box.over_tls == [box.kind == "starttls"]
    assert made["Subject"] == "[Meterhouse] alert.triggered: month-1000 (acme)"
    assert (made["From"], made["Message-ID"]) == (
        "Meterhouse <billing@example.com>", "<msg_1@example.com>",
    )  # fmt: skip
    text = made.get_content().replace("\r\n", "\n")
    assert "Sent when an alert has fired" in text
    assert "value: 1204.5\n" in text and 'pricing_group: {"region": "é"}' in text
    assert "metric:" not in text
    # Sent again it is the same mail.
    sender.send("msg_1", BODY, NOW)
    assert bytes(box.got[0][1]) == bytes(box.got[1][1])


def test_what_the_server_refuses_for_good_is_dead(box):
    sender = MailSender("mailto:gone@example.com")
    box.answers["gone@example.com"] = "550 no such mailbox"
    answer = sender.send("msg_1", BODY, NOW)
    assert (answer.status, judge(answer, 1, NOW).outcome) == (550, DEAD)
    assert "no such mailbox" in answer.detail
    box.answers["gone@example.com"] = "250 OK"
    box.taken = "554 that looks like an advertisement"
    assert judge(sender.send("msg_1", BODY, NOW), 1, NOW).outcome == DEAD


def test_what_passes_is_tried_again(box):
    sender = MailSender("mailto:full@example.com")
    box.answers["full@example.com"] = "452 mailbox full"
    assert judge(sender.send("msg_1", BODY, NOW), 1, NOW).outcome == "failed"
    box.answers.clear()
    box.taken = "451 try later"
    assert judge(sender.send("msg_1", BODY, NOW), 1, NOW).outcome == "failed"


def test_one_address_that_is_refused_keeps_no_other_waiting(box):
    box.answers["gone@example.com"] = "550 no such mailbox"
    answer = MailSender("mailto:gone@example.com,ops@example.com").send("msg_1", BODY, NOW)
    assert answer.status == 250 and "not to gone@example.com (550" in answer.detail
    assert [recipients for recipients, _ in box.got] == [["ops@example.com"]]


def test_a_wrong_password_passes_when_it_is_mended(box, monkeypatch):
    monkeypatch.setenv("METERHOUSE_SMTP_PASSWORD", "wrong")
    answer = MailSender("mailto:ops@example.com").send("msg_1", BODY, NOW)
    assert answer.status is None and not answer.is_refused and "wrong" not in answer.detail
    assert box.got == []


def test_a_certificate_that_nobody_knows_is_refused(box, monkeypatch):
    monkeypatch.delenv("METERHOUSE_SMTP_CA")
    answer = MailSender("mailto:ops@example.com").send("msg_1", BODY, NOW)
    assert answer.status is None and "CERTIFICATE_VERIFY_FAILED" in answer.detail
    assert box.got == []


def test_nothing_is_sent_in_the_clear_but_within_this_machine(tmp_path, monkeypatch):
    with mail_server_of(tmp_path, "plain") as box:
        configure(monkeypatch, box, f"smtp://127.0.0.1:{box.port}")
        assert MailSender("mailto:ops@example.com").send("msg_1", BODY, NOW).status == 250
        # Another name for it is not this machine's to a reader of the setting.
        monkeypatch.setattr("meterhouse.delivery.mail.server.LOCAL", ())
        answer = MailSender("mailto:ops@example.com").send("msg_2", BODY, NOW)
        assert answer.status is None and "STARTTLS" in answer.detail
        assert len(box.got) == 1


def test_alerts_and_troubles_reach_a_mailbox_by_the_price_book(box, tmp_path):
    """The outbox, attempts and replay of every message (S-70)."""
    home, clock = tmp_path / "home", Clock()
    ops = endpoint("ops", url="mailto:ops@example.com", event_types=["alert.*"])
    publish(home, marts_of_everything(), book(ops))
    assert deliver(home, clock).outcomes == {"delivered": 2}
    assert deliver(home, clock).outcomes == {}
    assert sorted(made["Subject"].split(": ")[0] for _, made in box.got) == [
        "[Meterhouse] alert.resolved", "[Meterhouse] alert.triggered",
    ]  # fmt: skip
    rows, _ = list_messages(home, Selection(outcome="delivered"), 10)
    assert {row["target"] for row in rows} == {"mail:ops"}
    replay(home, Selection((rows[0]["message_id"],), outcome="all"), clock())
    deliver(home, clock)
    ids = [made["Message-ID"] for _, made in box.got]
    assert len(ids) == 3 and len(set(ids)) == 2


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("METERHOUSE_SMTP_URL", "", "set METERHOUSE_SMTP_URL"),
        ("METERHOUSE_SMTP_URL", "http://mail.example.com", "no address of a mail server"),
        ("METERHOUSE_SMTP_URL", "smtps://u:secret@mail.example.com", "no address of a mail"),
        ("METERHOUSE_SMTP_URL", "smtps://mail.example.com:port", "no address of a mail server"),
        ("METERHOUSE_SMTP_PASSWORD", "", "there is no METERHOUSE_SMTP_PASSWORD"),
        ("METERHOUSE_MAIL_FROM", "billing", "METERHOUSE_MAIL_FROM is no address"),
    ],
)
def test_a_setting_that_is_wrong_is_said_without_secrets(monkeypatch, name, value, says):
    monkeypatch.setenv("METERHOUSE_SMTP_URL", "smtps://user@mail.example.com")
    monkeypatch.setenv("METERHOUSE_SMTP_PASSWORD", PASSWORD)
    monkeypatch.setenv("METERHOUSE_MAIL_FROM", "billing@example.com")
    MailSender("mailto:ops@example.com")
    monkeypatch.setenv(name, value)
    with pytest.raises(DeliveryError, match=says) as refused:
        MailSender("mailto:ops@example.com")
    assert "secret" not in str(refused.value) and PASSWORD not in str(refused.value)


def test_a_name_in_a_message_is_no_header():
    said = {"type": "run.failed", "subject": "job:run\r\nBcc: all@example.com", "data": {}}
    made = mail("msg_1", json.dumps(said), "billing@example.com", ["ops@example.com"], NOW)
    assert made["Bcc"] is None
    assert len(made["Subject"].splitlines()) == 1
