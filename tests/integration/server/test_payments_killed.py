"""Guards against a payment that was answered 200 and is not in the log, or is there twice, when the
server's processes are killed at any moment (S-72)."""

import random
import threading
import time

import httpx
import pyarrow.parquet as pq
import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.payments.log import payments_table
from meterhouse.server.payments import PATH
from tests.integration.server.running import Server, serving
from tests.unit.meterhouse.payments.stripe_cases import NEW, event, invoice, signed

KILLS = 6


class Stripe(threading.Thread):
    """Sends events as Stripe does: each until it is answered 200, some of them once more."""

    def __init__(self, server: Server, name: str):
        super().__init__(daemon=True)
        self._server, self._name, self._is_stopped = server, name, threading.Event()
        self.answered: list[str] = []
        self.statuses: set[int] = set()

    def run(self) -> None:
        """Send."""
        while not self._is_stopped.is_set():
            id = f"{self._name}-{len(self.answered)}"
            for _ in range(2 if len(self.answered) % 3 == 0 else 1):
                self._send(id)
            self.answered.append(id)

    def stop(self) -> None:
        """Let the last event be answered."""
        self._is_stopped.set()
        self.join()

    def _send(self, id: str) -> None:
        body, signature = signed(event("invoice.paid", invoice(), id), NEW)
        while True:
            try:
                answer = httpx.post(
                    self._server.url + PATH,
                    content=body,
                    headers={"Stripe-Signature": signature},
                    timeout=60,
                )
            except httpx.TransportError:
                time.sleep(0.02)
                continue
            self.statuses.add(answer.status_code)
            if answer.status_code == 200:
                return
            time.sleep(0.02)


def test_what_was_answered_is_there_once(tmp_path, monkeypatch, record_property):
    monkeypatch.setenv("METERHOUSE_STRIPE_WEBHOOK_SECRET", NEW)
    chance = random.Random(5)
    with serving(tmp_path / "home") as server:
        senders = [Stripe(server, f"evt_{number}") for number in range(3)]
        for sender in senders:
            sender.start()
        for number in range(KILLS):
            before = sum(len(sender.answered) for sender in senders)
            # Until it works again, then somewhere in the middle of it.
            until = time.monotonic() + 60
            while sum(len(it.answered) for it in senders) < before + 5:
                assert time.monotonic() < until
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.2))
            victim = "parent" if number == KILLS - 1 else "worker"
            server.kill(victim)
            if victim == "parent":
                server.start()
        server.wait()
        for sender in senders:
            sender.stop()
    files = payments_table(server.home).files()
    kept = [row["event_id"] for file in files for row in pq.read_table(file).to_pylist()]
    answered = [id for sender in senders for id in sender.answered]
    assert sorted(kept) == sorted(answered)
    assert set().union(*(sender.statuses for sender in senders)) <= {200, 503}
    record_property("server processes killed while payments came", KILLS)
    record_property("payments answered 200, each kept once", len(answered))
