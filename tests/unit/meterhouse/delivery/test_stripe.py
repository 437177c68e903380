"""Guards against an invoice that is at Stripe twice, in part, or with another total (S-71).

By its unmodified library and a strict Stripe in memory.
"""

from dataclasses import replace

import pytest

pytest.importorskip("stripe", reason="pip install 'meterhouse[stripe]'")

from meterhouse.delivery.billing.provider import ProviderError
from meterhouse.delivery.billing.stripe_invoices import numbers_are_ours
from tests.unit.meterhouse.delivery.stripe_documents import amounts, document, lines, sent
from tests.unit.meterhouse.delivery.stripe_fake import BROKEN, LIMITED, LOST, REFUSED, FakeStripe


@pytest.fixture
def fake() -> FakeStripe:
    return FakeStripe()


def test_an_invoice_is_drafted_whole_compared_and_final(fake):
    assert sent(fake, document()).status == 200
    [invoice] = fake.invoices.values()
    assert (invoice["status"], invoice["number"], invoice["currency"]) == (
        "open",
        "INV-000007",
        "usd",
    )
    assert (invoice["days_until_due"], invoice["effective_at"]) == ("30", "1769904000")
    assert invoice["metadata"]["meterhouse_total"] == "100.00"
    assert amounts(fake) == [500, 12000, -2500]
    assert fake.lines("in_1")[0]["description"] == "Line 1, 3 × 0.5"
    assert sent(fake, document()).status == 200
    assert len(fake.invoices) == 1


@pytest.mark.parametrize("fault", [REFUSED, LIMITED, LOST])
@pytest.mark.parametrize("lag", [None, 0], ids=["search knows", "search lags"])
@pytest.mark.parametrize("keys", ["kept", "expired"])
def test_a_fault_at_any_call_leaves_one_invoice(fault, lag, keys):
    clean = FakeStripe()
    clean.searchable = lag
    sent(clean, document())
    for call in range(1, clean.calls + 1):
        fake = FakeStripe()
        fake.searchable, fake.faults = lag, {call: fault}
        first = sent(fake, document())
        assert isinstance(first, ProviderError) and not first.is_held
        assert first.status in (500, 429, None)
        if keys == "expired":
            fake.results.clear()
        assert sent(fake, document()).status == 200, f"call {call}"
        assert [it["status"] for it in fake.invoices.values()] == ["open"]
        assert amounts(fake) == [500, 12000, -2500]


def test_a_500_that_is_kept_under_its_key_doubles_nothing(fake):
    """Stripe answers a key as it did at first, for a day: what is there is found meanwhile."""
    clean = FakeStripe()
    sent(clean, document())
    for call in range(1, clean.calls + 1):
        fake = FakeStripe()
        fake.faults = {call: BROKEN}
        sent(fake, document())
        assert sent(fake, document()).status == 200
        assert amounts(fake) == [500, 12000, -2500]
        assert len(fake.invoices) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda found: [each for each in found if each > 0],
        lambda found: [*found, -1],
        lambda found: found[:-1],
    ],
    ids=["negative lines dropped", "rounded", "a line lost"],
)
def test_a_difference_stays_a_draft_with_both_figures(fake, damage):
    fake.damage = damage
    answer = sent(fake, document())
    assert answer.is_held
    assert f"we have 10000, stripe has {sum(damage([500, 12000, -2500]))}" in answer.detail
    assert [it["status"] for it in fake.invoices.values()] == ["draft"]


def test_an_account_may_keep_drafts(fake):
    answer = sent(fake, document(collection="charge_automatically"), drafts_only=True)
    assert answer.status == 200
    [invoice] = fake.invoices.values()
    assert invoice["status"] == "draft" and "days_until_due" not in invoice


@pytest.mark.parametrize(("count", "there"), [(250, 250), (251, 250), (700, 250)])
def test_more_lines_than_stripe_takes_are_added_up(fake, count, there):
    ours = document(*range(1, count + 1))
    assert sent(fake, ours).status == 200
    assert len(fake.items) == there
    assert sum(amounts(fake)) == ours.total_minor
    if count > there:
        assert fake.lines("in_1")[-1]["description"] == f"{count - 249:,} further lines"
    # Asked again when keys have expired, all pages of what is there are read.
    fake.results.clear()
    fake.invoices["in_1"]["status"] = "draft"
    assert sent(fake, ours).status == 200
    assert len(fake.items) == there


def listed(fake):
    """Number, text and days of each line, in the order in which the invoice shows them."""
    return [
        (line["metadata"]["meterhouse_line"], line["description"].split(",")[0], line.get("period"))
        for line in fake.lines("in_1")
    ]


@pytest.mark.parametrize("count", [2, 4, 250, 251])
def test_lines_are_listed_in_the_order_of_their_numbers(fake, count):
    """Stripe sorts by the second: of four that were made in one it showed 1, 3, 2, 4."""
    ours = document(*range(100, 100 + count))
    days = replace(ours.lines[1], service_start=None, service_end=None)
    ours = replace(ours, lines=[ours.lines[0], days, *ours.lines[2:]])
    assert sent(fake, ours, drafts_only=True).status == 200
    found = listed(fake)
    assert [number for number, *_ in found] == [str(n) for n in range(1, min(count, 250) + 1)]
    assert amounts(fake)[:3] == [100, 101, 102][:count]
    january, issued = ({"start": "1767225600", "end": "1769904000"},
                       {"start": "1769904000", "end": "1769904000"})  # fmt: skip
    assert found[0] == ("1", "Line 1", january)
    if count > 2:
        assert found[1] == ("2", "Line 2", issued)
        assert found[2] == ("3", "Line 3", january)
    calls = fake.calls
    sent(fake, ours, drafts_only=True)
    assert listed(fake) == found and sum(amounts(fake)) == ours.total_minor
    assert fake.calls - calls < 12, "in order nothing is changed"


def test_an_order_that_stripe_keeps_holds_no_invoice_back(fake):
    fake.keeps_order = True
    assert sent(fake, document(1, 2, 3, 4)).status == 200
    assert amounts(fake) == [1, 3, 2, 4]
    assert fake.invoices["in_1"]["status"] == "open"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"currency": "ISK", "decimals": 0}, "ISK has 0 decimals here and 2 at Stripe"),
        ({"currency": "JPY", "decimals": 2}, "JPY has 2 decimals here and 0 at Stripe"),
        ({"currency": "KWD", "decimals": 3, "lines": lines(1005)}, "KWD to 0.01 only"),
        ({"total_minor": -1, "total": "-0.01"}, "it comes to -0.01"),
        ({"invoice_number": "I" * 27}, "longer than Stripe's 26"),
    ],
)
def test_what_stripe_would_bill_as_something_else_is_not_sent(fake, changes, said):
    refused = sent(fake, document(**changes))
    assert said in refused.detail and refused.status == 409
    assert fake.calls == 0


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("EUR", 2), ("KWD", 3)])
def test_minor_units_are_those_of_stripe(fake, currency, decimals):
    ours = document(1200, currency=currency, decimals=decimals)
    assert sent(fake, ours).status == 200
    assert amounts(fake) == [1200]


def test_numbers_may_be_theirs(fake, monkeypatch):
    sent(fake, document(), numbers=False)
    assert "number" not in fake.invoices["in_1"]
    assert numbers_are_ours()
    monkeypatch.setenv("METERHOUSE_STRIPE_NUMBERS", "theirs")
    assert not numbers_are_ours()


@pytest.mark.parametrize("fault", [REFUSED, LIMITED, LOST])
@pytest.mark.parametrize("lag", [None, 0], ids=["search knows", "search lags"])
def test_a_customer_that_stripe_does_not_know_is_made_once(fault, lag):
    unknown = document(customer=None, customer_id="o'neil\\", email="ap@oneil.example")
    clean = FakeStripe()
    clean.searchable = lag
    sent(clean, unknown)
    [customer] = clean.customers.values()
    assert (customer["name"], customer["email"]) == ("Acme", "ap@oneil.example")
    assert customer["metadata"] == {"meterhouse_customer_id": "o'neil\\"}
    assert {it["customer"] for it in clean.invoices.values()} == {customer["id"]}
    for call in range(1, 4):
        fake = FakeStripe()
        fake.searchable, fake.faults = lag, {call: fault}
        assert isinstance(sent(fake, unknown), ProviderError)
        assert sent(fake, unknown).status == 200
        other = replace(unknown, key="msg_7", invoice_number="INV-000008")
        assert sent(fake, other).status == 200
        assert len(fake.customers) == 1


@pytest.mark.parametrize("status", [401, 403, 409])
def test_a_wrong_key_or_a_call_still_worked_on_is_no_fault_of_the_invoice(
    fake, monkeypatch, status
):
    """Null is tried again; another 4xx would be given up at once (S-74)."""
    refused = '{"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}'
    monkeypatch.setattr(fake, "request", lambda *_, **__: (refused, status, {}))
    assert sent(fake, document()).status is None
