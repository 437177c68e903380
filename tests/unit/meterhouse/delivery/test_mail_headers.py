"""Names of a price book or a source in a mail's subject (S-74, S-76).

Guards against one that writes headers of its own: another receiver, or another body.
"""

import json
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from meterhouse.delivery.mail.troubles import trouble
from meterhouse.delivery.mail.words import mail, mail_of_troubles

NOW, SENDER, TO = datetime(2026, 2, 1, tzinfo=UTC), "billing@example.com", ["ops@example.com"]
OURS = {
    *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
    *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
}
NAMES = (
    "acme\r\nBcc: other@example.com",
    "acme\u2028Bcc: other@example.com",
    "=?utf-8?q?acme=0d=0aBcc:_other@example.com?=",
    "=?utf-8?b?YWNtZQ0KQmNjOiBvdGhlckBleGFtcGxlLmNvbQ==?=",
    "acme =?utf-8?q?=0d=0a=0d=0aAnother_body?= x",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_subject_writes_no_header(name):
    told = {"alert_id": "low", "customer_id": name}
    alert = {"type": "alert.triggered", "timestamp": "2026-02-01T00:00:00Z", "data": told}
    behind = {"source": name, "status": "failing", "seconds_behind": None, "error": None}
    source = {"type": "source.behind", "timestamp": alert["timestamp"], "data": behind}
    for made in (
        mail("msg_1", json.dumps(alert), SENDER, TO, NOW),
        mail_of_troubles([trouble("msg_1", json.dumps(source))], SENDER, TO, NOW),
    ):
        read = message_from_bytes(made.as_bytes(), policy=policy.default)
        assert set(read.keys()) == OURS
        assert read["To"] == TO[0] and read["Subject"].strip().startswith("[Meterhouse] ")
        assert "alert.triggered" in read.get_content() or "1. source" in read.get_content()
