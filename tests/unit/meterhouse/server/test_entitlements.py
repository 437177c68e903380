"""May this customer go on? (S-76): who is stopped, until when, and how old the answer may be.

Guards against a gateway that stops somebody for a month that is over, goes on with what nobody has
renewed for days, or hears of another customer.
"""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")
from starlette.testclient import TestClient

from meterhouse.common.errors import UsageError
from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.entitlements.caps import entitlement
from meterhouse.server.entitlements.follow import Follower, stale_after
from meterhouse.server.entitlements.routes import routes
from meterhouse.server.reading.engine import Engine
from meterhouse.server.tokens import TokenBook, new_token
from tests.unit.meterhouse.delivery.world import AS_OF, MARCH, book, contract, publish, segment

LIMIT = timedelta(minutes=90)
CAP = {
    "alert_id": "month", "customer_id": "acme", "contract_id": "acme-1", "kind": "spend",
    "pricing_group": "{}", "pricing_unit": "USD", "period_start": date(2026, 2, 1),
    "period_end": MARCH, "threshold": Decimal(1000), "value": Decimal("1200.50"),
    "is_reached": True, "hard_cap": True,
}  # fmt: skip
EMPTY = {
    **CAP, "alert_id": "empty", "kind": "exhausted", "period_start": None, "period_end": None,
    "threshold": Decimal(0), "value": Decimal(0),
}  # fmt: skip


@pytest.fixture
def follower(tmp_path: Path):
    engine = Engine(tmp_path)
    yield Follower(tmp_path, engine)
    engine.close()


def told(home: Path, marts: dict[str, Any], generation: int = 1, **more: Any) -> None:
    """A publication, whose run came to its end at once."""
    publish(home, marts, book(), generation, **more)
    at = more.get("as_of", AS_OF).isoformat()
    (home / "standing.json").write_text(json.dumps({"as_of": at, "recorded_at": at}))


def ask(follower: Follower, contract: str = "acme-1", now: datetime = AS_OF) -> dict[str, Any]:
    """The answer at that moment."""
    follower.look()
    assert follower.known is not None
    found = entitlement(follower.known, contract, now, LIMIT)
    assert found is not None
    return found


def test_who_is_past_a_hard_cap_may_not_go_on(tmp_path, follower):
    other = {**CAP, "contract_id": "globex-1", "customer_id": "globex", "is_reached": False}
    soft = {**CAP, "alert_id": "soft", "hard_cap": False}
    told(tmp_path, {"alert_states": [CAP, other, soft]})
    assert ask(follower) == {
        "contract_id": "acme-1",
        "allowed": False,
        "reasons": [
            {
                "alert_id": "month", "kind": "spend", "metric": None, "pricing_group": "{}",
                "pricing_unit": "USD", "threshold": "1000", "value": "1200.5",
                "period_start": "2026-02-01", "period_end": "2026-03-01",
            }
        ],
        "exhausted": [],
        "unpaid": [],
        "held": False,
        "as_of": "2026-02-10T06:00:00Z",
        "stale": False,
    }  # fmt: skip
    assert ask(follower, "globex-1")["allowed"] is True


def test_a_cap_of_a_month_that_is_over_stops_nobody(tmp_path, follower):
    """Whether a run has seen the next month or not; a balance has no month."""
    told(tmp_path, {"alert_states": [CAP]})
    last = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
    assert ask(follower, now=last)["allowed"] is False
    assert ask(follower, now=last + timedelta(seconds=1))["allowed"] is True
    told(tmp_path, {"alert_states": [EMPTY]}, 2)
    assert ask(follower, now=last + timedelta(seconds=1))["allowed"] is False


def test_a_new_publication_is_followed_and_what_was_corrected_goes_on(tmp_path, follower):
    told(tmp_path, {"alert_states": [CAP]})
    assert ask(follower)["allowed"] is False
    told(tmp_path, {"alert_states": [{**CAP, "is_reached": False}]}, 2)
    assert ask(follower)["allowed"] is True


def test_a_balance_with_nothing_left_is_named_and_stops_nobody_by_itself(tmp_path, follower):
    told(tmp_path, {"commit_balances": [
        segment("acme-prepaid", remaining=Decimal(0)),
        segment("acme-credits", pricing_unit="CR", remaining=Decimal(5)),
        segment("acme-next", starting_on=MARCH, ending_before=date(2026, 4, 1)),
        segment("acme-pledge", type="postpaid", pricing_unit="EUR", remaining=Decimal(0)),
    ]})  # fmt: skip
    found = ask(follower)
    assert (found["allowed"], found["exhausted"]) == (True, ["USD"])


def test_a_balance_that_waits_for_its_payment_says_so(tmp_path, follower):
    """A balance of 0 alone reads as if it had been used up (S-73)."""
    gated = {"granted": Decimal(0), "remaining": Decimal(0), "purchase_invoice_id": "acme-1.s.1"}
    back = {**gated, "payment": "payment taken back", "purchase_invoice_id": None}
    told(tmp_path, {"commit_balances": [
        segment("acme-prepaid", **gated, payment="waiting for payment"),
        segment("acme-old", **back),
        segment("acme-gift", payment="paid"),
        segment("acme-short", **back, starting_on=MARCH),
    ]})  # fmt: skip
    found = ask(follower)
    assert found["unpaid"] == [
        {"commit_id": "acme-old", "payment": "payment taken back", "purchase_invoice_id": None},
        {"commit_id": "acme-prepaid", "payment": "waiting for payment",
         "purchase_invoice_id": "acme-1.s.1"},
    ]  # fmt: skip
    assert ask(follower, "globex-1")["unpaid"] == []


def test_a_held_contract_says_so(tmp_path, follower):
    held = {"contract_id": "acme-1", "reason": "amount_too_large"}
    told(tmp_path, {"held_contracts": [held], "alert_states": [{**CAP, "value": None}]})
    found = ask(follower)
    assert (found["held"], found["allowed"]) == (True, False)
    assert found["reasons"][0]["value"] is None


def test_what_nobody_renews_is_stale(tmp_path, follower):
    told(tmp_path, {})
    assert ask(follower, now=AS_OF + LIMIT)["stale"] is False
    assert ask(follower, now=AS_OF + LIMIT + timedelta(seconds=1))["stale"] is True
    # A run that found nothing new publishes nothing, and notes that it stands.
    later = AS_OF + timedelta(hours=3)
    moments = {"as_of": later.isoformat(), "recorded_at": later.isoformat()}
    (tmp_path / "standing.json").write_text(json.dumps(moments))
    found = ask(follower, now=later)
    assert (found["stale"], found["as_of"]) == (False, "2026-02-10T09:00:00Z")


def test_a_publication_that_cannot_be_read_leaves_the_one_before_and_is_stale(tmp_path, follower):
    told(tmp_path, {"alert_states": [CAP]})
    assert ask(follower)["stale"] is False
    told(tmp_path, {}, 2)
    (tmp_path / ".marts" / "2" / "alert_states.parquet").unlink()
    found = ask(follower)
    assert (found["allowed"], found["stale"]) == (False, True)
    told(tmp_path, {}, 3)
    assert ask(follower)["stale"] is False


def test_a_replayed_clock_goes_on_from_its_own_moment(tmp_path, follower):
    told(tmp_path, {"alert_states": [CAP]})
    today = datetime(2026, 11, 30, tzinfo=UTC)
    moments = {"as_of": AS_OF.isoformat(), "recorded_at": today.isoformat()}
    (tmp_path / "standing.json").write_text(json.dumps(moments))
    found = ask(follower, now=today + timedelta(minutes=5))
    assert (found["allowed"], found["stale"]) == (False, False)


def test_a_publication_of_a_release_without_alerts_or_note(tmp_path, follower):
    publish(tmp_path, {}, book())
    (tmp_path / ".marts" / "1" / "alert_states.parquet").unlink()
    mark = tmp_path / ".marts" / "1" / "evidence.json"
    known = json.loads(mark.read_text())
    known["marts"].pop("alert_states.parquet")
    mark.write_text(json.dumps(known))
    found = ask(follower, now=datetime.now(UTC))
    assert (found["allowed"], found["stale"]) == (True, False)


def test_how_long_is_a_setting(monkeypatch):
    assert stale_after() == LIMIT
    monkeypatch.setenv("METERHOUSE_ENTITLEMENTS_STALE_MINUTES", "2h")
    with pytest.raises(UsageError, match="2h is no number of minutes"):
        stale_after()


def test_over_http(tmp_path, follower):
    """With a token that may read; an id with a slash is one id; errors are words."""
    server = Server(tmp_path, Authentication(TokenBook(tmp_path)))
    app = application(server, [partial(routes, follower, LIMIT)])
    reads, _ = new_token(tmp_path, "gateway", AS_OF, may_ingest=False)
    sends, _ = new_token(tmp_path, "app", AS_OF, may_read=False)
    client = TestClient(app)

    def get(id: str, token: str = reads) -> Any:
        return client.get(f"/v1/entitlements/{id}", headers={"Authorization": f"Bearer {token}"})

    nothing = get("acme-1")
    assert nothing.status_code == 503 and nothing.headers["retry-after"] == "10"
    more = {**book(), "contracts": [*book()["contracts"], contract("a/b c", "acme")]}
    publish(tmp_path, {"alert_states": [{**CAP, "contract_id": "a/b c"}]}, more)
    follower.look()
    answer = get("a%2Fb%20c")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert answer.json()["contract_id"] == "a/b c"
    assert get("acme-1").json()["reasons"] == []
    assert get("nobody").status_code == 404
    assert get("acme-1", "mh_x").status_code == 401
    assert get("acme-1", sends).status_code == 403
    assert client.post("/v1/entitlements/acme-1").status_code == 405
