"""A pass killed between any two steps: each message arrives, with one id, and is noted once (S-70).

A real receiver over HTTPS, and the library of Standard Webhooks to verify what it got.
"""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("standardwebhooks", reason="pip install 'meterhouse[delivery]'")
pytest.importorskip("cryptography", reason="makes the receiver's certificate")

from standardwebhooks import Webhook

from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.overview import Selection, list_messages
from meterhouse.warehouse.clock import machine_clock
from tests.unit.meterhouse.delivery.receiver import receiver
from tests.unit.meterhouse.delivery.world import book, endpoint, invoice, publish

SCRIPT = Path(__file__).with_name("killed_delivery.py")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGES = 2


def test_killed_anywhere_each_message_arrives_with_one_id_and_is_noted_once(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_WEBHOOK_ALLOW", "127.0.0.0/8,::1/128")
    monkeypatch.setenv("METERHOUSE_WEBHOOK_SECRET_CRM", SECRET)
    monkeypatch.setenv("METERHOUSE_WEBHOOK_CA", str(tmp_path / "tls" / "certificate.pem"))
    steps = 0
    with receiver(tmp_path / "tls") as there:
        killed = True
        while killed:
            steps += 1
            home = tmp_path / f"killed-{steps}"
            asked = endpoint(url=there.url, event_types=["invoice.finalized"])
            rows = [invoice(f"acme-1.usage.2026-01-0{day}") for day in range(1, MESSAGES + 1)]
            publish(home, {"invoices": rows}, book(asked))
            there.received.clear()
            command = [sys.executable, str(SCRIPT), str(home), str(steps)]
            first = subprocess.run(command, check=False, capture_output=True, text=True)
            killed = first.returncode == -signal.SIGKILL
            assert killed or first.returncode == 0, first.stderr
            deliver(home, machine_clock)
            bodies = {
                came.headers["webhook-id"]: Webhook(SECRET).verify(came.body, came.headers)
                for came in there.received
            }
            assert len(bodies) == len({came.body for came in there.received}) == MESSAGES
            listed, total = list_messages(home, Selection(outcome="all"), 10)
            assert total == MESSAGES
            assert Counter(row["outcome"] for row in listed) == {"delivered": MESSAGES}
            assert killed or len(there.received) == MESSAGES
    assert steps > 2 * 4 + 2 * MESSAGES, "an append has four steps, a message two"
