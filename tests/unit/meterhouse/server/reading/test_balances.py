"""Balances: what is left now, for one customer, with the movements behind it."""

from datetime import date
from decimal import Decimal

import metronome
import pytest

from tests.unit.meterhouse.server.reading.tiny import (
    FEBRUARY,
    JANUARY,
    MARCH,
    publish,
    sdk,
    segment,
)


def entry(commit: str, number: int, kind: str, amount: str, **more) -> dict:
    return {
        "contract_id": "acme-1", "commit_id": commit, "segment": 1, "entry_number": number,
        "entry_type": kind, "entry_on": JANUARY, "amount": Decimal(amount), **more,
    }  # fmt: skip


MARTS = {
    "commit_balances": [
        segment(
            "pre", "acme-1", granted=Decimal(1000), applied_finalized=Decimal("100.01"),
            applied_draft=Decimal("0.99"), remaining=Decimal("899.00"), payment="paid",
        ),
        # Over, and to come: neither may be used now.
        segment(
            "pre", "acme-1", segment=2, granted=Decimal(50), expired=Decimal(50),
            payment="payment taken back", starting_on=date(2025, 12, 1), ending_before=FEBRUARY,
        ),
        segment(
            "pre", "acme-1", segment=3, granted=Decimal(70), remaining=Decimal(70),
            starting_on=MARCH, ending_before=date(2026, 4, 1),
        ),
        segment("units", "acme-1", type="credit", pricing_unit="CRD", remaining=Decimal(12)),
        segment("pledge", "acme-1", type="postpaid", remaining=Decimal(5)),
        # A commit that a threshold bought is not in the price book (S-58).
        segment("acme-1.top-up.1", "acme-1", remaining=Decimal("0.01"),
                payment="waiting for payment", purchase_invoice_id="acme-1.scheduled.2026-02-03"),
        segment("gift", "globex-1", type="credit", remaining=Decimal(33)),
    ],
    "commit_ledger": [
        entry("pre", 1, "grant", "1000"),
        entry("pre", 2, "application", "-101", invoice_id="acme-1.usage.2026-01-01"),
        entry("pre", 3, "application", "1", invoice_id="acme-1.usage.2026-02-01"),
        entry("pre", 4, "rollover", "-5"),
        entry("pre", 5, "expiry", "-1"),
        entry("units", 1, "grant", "12"),
        entry("pledge", 1, "grant", "100"),
        entry("pledge", 2, "application", "-90"),
        entry("pledge", 3, "true_up", "-5", invoice_id="acme-1.true_up.2026-02-01"),
    ],
    "invoice_lines": [
        {
            "invoice_id": "acme-1.scheduled.2026-01-20", "line_number": 1,
            "line_type": "commit_purchase", "commit_id": "acme-1.top-up.1",
            "product_id": "prepaid", "product_name": "Prepaid usage", "amount": Decimal(10),
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish(home, MARTS)
    return sdk(home).v1.contracts


def net(client, **asked) -> tuple[float, str, str]:
    data = client.get_net_balance(customer_id="acme", **asked).data
    return data.balance, data.balance_exact, data.credit_type_id


def test_net_balance_is_what_may_be_used_now(client):
    assert net(client) == (90401.0, "904.0100", "USD")
    finalized = net(client, invoice_inclusion_mode="FINALIZED")
    assert finalized == (90500.0, "905.0000", "USD")
    assert net(client, credit_type_id="CRD") == (12.0, "12.0000", "CRD")
    assert net(client, credit_type_id="EUR") == (0.0, "0.0000", "EUR")
    assert net(client, filters=[{"balance_types": ["POSTPAID_COMMIT"]}])[1] == "5.0000"
    either = [{"ids": ["pledge"]}, {"balance_types": ["PREPAID_COMMIT"], "ids": ["pre"]}]
    assert net(client, filters=either)[1] == "904.0000"
    assert net(client, access_type="QUANTITY")[0] == 0.0


def test_balances_of_one_customer_alone(client):
    found = client.list_balances(customer_id="globex", include_balance=True)
    assert [(one.id, one.balance) for one in found] == [("gift", 3300.0)]
    assert list(client.list_balances(customer_id="globex", id="pre")) == []
    assert (
        client.get_net_balance(customer_id="globex", filters=[{"ids": ["pre"]}]).data.balance == 0
    )
    with pytest.raises(metronome.NotFoundError):
        client.list_balances(customer_id="nobody")


def test_balances_with_their_terms(client):
    found = {one.id: one for one in client.list_balances(customer_id="acme", include_balance=True)}
    assert {id: one.type for id, one in found.items()} == {
        "acme-1.top-up.1": "PREPAID",
        "pledge": "POSTPAID",
        "pre": "PREPAID",
        "units": "CREDIT",
    }
    pre = found["pre"]
    assert (pre.balance, pre.custom_fields["balance"]) == (89900.0, "899.0000")
    assert [one.amount for one in pre.access_schedule.schedule_items] == [100000.0, 5000.0, 7000.0]
    assert pre.specifiers[0].pricing_group_values == {"region": "eu"}
    # A product alone would say more than the row does.
    assert pre.applicable_product_ids is None
    assert pre.invoice_schedule.schedule_items[0].amount == 100000.0
    assert pre.priority == 10.0
    assert found["acme-1.top-up.1"].product.name == "Prepaid usage"
    assert found["acme-1.top-up.1"].custom_fields["bought_by"] == "threshold"
    assert found["units"].balance == 12.0


def test_a_balance_that_waits_for_its_payment_says_so(client):
    """S-73: of the segment that is in force, with the invoice that must be paid."""
    found = {one.id: one.custom_fields for one in client.list_balances(customer_id="acme")}
    asked = ("payment", "purchase_invoice_id")
    assert {id: tuple(fields.get(name) for name in asked) for id, fields in found.items()} == {
        "acme-1.top-up.1": ("waiting for payment", "acme-1.scheduled.2026-02-03"),
        "pledge": (None, None),
        "pre": ("paid", None),
        "units": (None, None),
    }


def test_ledgers(client):
    given = {
        one.id: [(entry.type, entry.amount) for entry in one.ledger]
        for one in client.list_balances(customer_id="acme", include_ledgers=True)
    }
    assert given["pre"] == [
        ("PREPAID_COMMIT_SEGMENT_START", 100000.0),
        ("PREPAID_COMMIT_AUTOMATED_INVOICE_DEDUCTION", -10100.0),
        ("PREPAID_COMMIT_CREDITED", 100.0),
        ("PREPAID_COMMIT_ROLLOVER", -500.0),
        ("PREPAID_COMMIT_EXPIRATION", -100.0),
    ]
    assert given["units"] == [("CREDIT_SEGMENT_START", 12.0)]
    assert given["pledge"] == [
        ("POSTPAID_COMMIT_INITIAL_BALANCE", 10000.0),
        # One entry for all that was counted (S-37), which is of no single invoice.
        ("POSTPAID_COMMIT_MANUAL", -9000.0),
        ("POSTPAID_COMMIT_TRUEUP", -500.0),
    ]


def test_filters(client):
    def ids(**asked) -> list[str]:
        return [one.id for one in client.list_balances(customer_id="acme", **asked)]

    assert ids(limit=1) == ids() == ["acme-1.top-up.1", "pledge", "pre", "units"]
    assert ids(id="pre") == ["pre"]
    assert ids(covering_date="2026-03-10T00:00:00Z") == ["pre"]
    assert ids(effective_before="2026-01-01T00:00:00Z") == ["pre"]
    assert ids(starting_at="2026-03-15T00:00:00Z") == ["pre"]
    assert ids(access_type="QUANTITY") == [] == ids(include_contract_balances=False)
    assert ids(include_contract_balances=True, include_archived=True) == ids()
    assert "pre" not in ids(exclude_zero_balances=True, id="pledge")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"credit_type_id": "GBP"}, "CRD, EUR, USD"),
        ({"credit_type_id": "USD", "access_type": "QUANTITY"}, "QUANTITY"),
        ({"filters": [{"custom_fields": {"a": "b"}}]}, "custom_fields"),
        ({"filters": [{"balance_types": ["GIFT"]}]}, "PREPAID_COMMIT"),
    ],
)
def test_what_cannot_be_served_is_refused(client, given, says):
    with pytest.raises(metronome.BadRequestError, match=says):
        client.get_net_balance(customer_id="acme", **given)
