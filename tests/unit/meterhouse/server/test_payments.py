"""POST /webhooks/stripe: guards against an answer before the log has it, and against one that
nobody signed being kept (S-72)."""

import asyncio
import json
from datetime import UTC, datetime

import httpx
import pyarrow.parquet as pq
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.payments.errors import LookupFailed
from meterhouse.payments.log import Payments, payments_table
from meterhouse.server.payments import MOST_BYTES, PATH, GroupCommit, StripeWebhooks
from meterhouse.server.spool import Spool
from tests.unit.meterhouse.payments.stripe_cases import NEW, charge, event, invoice, signed

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("METERHOUSE_STRIPE_WEBHOOK_SECRET", NEW)


def kept(home):
    files = payments_table(home).files()
    return sorted(row["event_id"] for file in files for row in pq.read_table(file).to_pylist())


def no_lookup(intent):
    raise LookupFailed("no answer")


def ask(home, *requests, method="POST", headers=()):
    """Send requests (body, signature) at once; their statuses and messages, in order."""

    async def all_of_them():
        commit = GroupCommit(home, lambda: NOON)
        endpoint = StripeWebhooks(Spool(home, lambda: NOON), commit, no_lookup)
        transport = httpx.ASGITransport(Starlette(routes=[Route(PATH, endpoint)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            answers = await asyncio.gather(
                *(
                    client.request(
                        method,
                        PATH,
                        content=body,
                        headers={"stripe-signature": signature or "", **dict(headers)},
                    )
                    for body, signature in requests
                )
            )
        return [(answer.status_code, answer.json()["message"]) for answer in answers]

    return asyncio.run(all_of_them())


def paid(number):
    return signed(event("invoice.paid", invoice(), f"evt_{number}"), NEW)


def test_many_at_once_are_each_kept_once_in_few_entries(tmp_path):
    requests = [paid(number) for number in range(40)] * 2
    assert {status for status, _ in ask(tmp_path, *requests)} == {200, 503}
    # Those that were refused come again.
    assert {status for status, _ in ask(tmp_path, *requests[:50])} == {200}
    assert {status for status, _ in ask(tmp_path, *requests[30:])} == {200}
    assert kept(tmp_path) == sorted(f"evt_{number}" for number in range(40))
    assert payments_table(tmp_path).version() < 20


def test_what_is_refused_is_not_kept(tmp_path):
    body, signature = paid(1)
    [(status, _)] = ask(tmp_path, (body, signature.replace("v1=", "v1=0")))
    assert status == 400
    [(status, message)] = ask(tmp_path, signed("", NEW, b"not JSON"))
    assert status == 400 and "signature is right, but its body is no JSON" in message
    [(status, _)] = ask(tmp_path, (b" " * (MOST_BYTES + 1), signature))
    assert status == 413
    [(status, _)] = ask(tmp_path, paid(1), headers={"content-encoding": "gzip"})
    assert status == 415
    [(status, _)] = ask(tmp_path, (b"", None), method="GET")
    assert status == 405
    assert kept(tmp_path) == []


def test_what_does_not_concern_us_is_accepted_and_not_kept(tmp_path):
    [(status, _)] = ask(tmp_path, signed(event("invoice.paid", invoice(metadata={})), NEW))
    assert status == 200
    assert kept(tmp_path) == []


def test_what_cannot_be_told_or_kept_is_asked_for_again(tmp_path, monkeypatch, capsys):
    [(status, _)] = ask(tmp_path, signed(event("charge.refunded", charge(5)), NEW))
    assert status == 503
    assert "no answer" in capsys.readouterr().err

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Payments, "append", full)
        assert [status for status, _ in ask(tmp_path, paid(1), paid(2))] == [503, 503]
    assert kept(tmp_path) == []
    monkeypatch.delenv("METERHOUSE_STRIPE_WEBHOOK_SECRET")
    [(status, message)] = ask(tmp_path, paid(1))
    assert (status, NEW in json.dumps(message)) == (503, False)
