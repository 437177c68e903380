"""SIGKILL between every two calls to Stripe, and while each is answered: an invoice is there once,
with our total and its void (S-70, S-71).

Real processes, Stripe's unmodified library over HTTP, and the strict Stripe of the unit tests
behind it. Between the two passes idempotency keys expire, or not.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.delivery.overview import Selection, list_messages
from tests.long.killed_billing import once
from tests.unit.meterhouse.delivery.billing_ledger import final, home_with, voided
from tests.unit.meterhouse.delivery.stripe_fake import FakeStripe

SCRIPT = Path(__file__).with_name("killed_billing.py")
NEVER = 10_000


class Behind:
    """A Stripe over HTTP; `kill_at`: at which call the process that asks is killed, after Stripe
    has done what it was asked for."""

    def __init__(self, fake: FakeStripe):
        self.fake, self.kill_at, self.pid = fake, NEVER, 0

    @contextmanager
    def serving(self) -> Iterator[str]:
        behind = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                data = self.rfile.read(size).decode() or None
                method = self.command.lower()
                text, status, headers = behind.fake.request(
                    method, self.path, dict(self.headers), data
                )
                if behind.fake.calls == behind.kill_at:
                    os.kill(behind.pid, signal.SIGKILL)
                    return
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(text.encode()))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = answer

            def log_message(self, *_) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()


def sent(home: Path, url: str, behind: Behind, calls: int = NEVER) -> int:
    """A pass in a process of its own; how it ended."""
    command = [sys.executable, str(SCRIPT), str(home), url, str(calls)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    behind.pid = process.pid
    _, said = process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), said
    return process.returncode


def check(home: Path, fake: FakeStripe) -> None:
    [invoice] = fake.invoices.values()
    assert (invoice["status"], len(fake.customers)) == ("void", 1)
    amounts = sorted(int(item["amount"]) for item in fake.items.values())
    assert amounts == [-2500, 500, 12000]
    rows, _ = list_messages(home, Selection(outcome="all"), 9)
    assert [row["outcome"] for row in rows] == ["delivered"] * 2


@pytest.mark.parametrize("when", ["before a call", "while it is answered"])
def test_killed_at_any_call_it_is_there_once(tmp_path, when, record_property):
    killed, number, ended = 0, 0, -signal.SIGKILL
    while ended == -signal.SIGKILL:
        number += 1
        home = home_with(tmp_path / str(number), final("a"), voided("a"), provider="stripe")
        fake = FakeStripe()
        behind = Behind(fake)
        with behind.serving() as url:
            if when == "before a call":
                ended = sent(home, url, behind, number)
            else:
                behind.kill_at = number
                ended = sent(home, url, behind)
        killed += ended == -signal.SIGKILL
        # Odd ones after a day, by which Stripe has forgotten the keys.
        if number % 2:
            fake.results.clear()
        once(home, fake.client())
        check(home, fake)
    assert killed > 15
    record_property(f"passes to Stripe killed {when}, each invoice there once", killed)
