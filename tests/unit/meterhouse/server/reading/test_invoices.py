"""Invoices as the SDK reads them: exact amounts, filters, pages, nobody else's."""

import json
from datetime import date
from decimal import Decimal

import metronome
import pytest

from tests.unit.meterhouse.server.reading.tiny import (
    FEBRUARY,
    JANUARY,
    MARCH,
    invoice,
    line,
    publish,
    sdk,
    segment,
)

FINAL = {"status": "finalized", "invoice_number": "INV-000001", "total": Decimal("0.05")}
MARTS = {
    "invoices": [
        invoice("acme-1.usage.2026-01-01", "acme", JANUARY, FEBRUARY, **FINAL),
        invoice("acme-1.usage.2026-02-01", "acme", FEBRUARY, MARCH),
        invoice(
            "acme-1.scheduled.2026-01-01",
            "acme",
            JANUARY,
            FEBRUARY,
            invoice_type="scheduled",
            period_start=None,
            period_end=None,
            issue_on=JANUARY,
            due_on=None,
            status="void",
            replaced_by="acme-1.usage.2026-01-01",
        ),
        invoice("globex-1.usage.2026-02-01", "globex", FEBRUARY, MARCH, currency="EUR"),
    ],
    "invoice_lines": [
        line("acme-1.usage.2026-01-01", 1, "1234567890123456.7800", tier=2),
        line("acme-1.usage.2026-01-01", 2, "0.0500", quantity=Decimal(0)),
        line(
            "acme-1.usage.2026-01-01",
            3,
            "-10.0000",
            line_type="commit_applied",
            commit_id="pre",
            segment=1,
            pricing_group="{}",
        ),
        line("globex-1.usage.2026-02-01", 1, "7.5000", pricing_unit="EUR"),
    ],
    "invoice_line_breakdowns": [
        {
            "invoice_id": "acme-1.usage.2026-01-01",
            "line_number": 1,
            "presentation_group": '{"user_id":null}',
            "quantity": Decimal(3),
            "amount": Decimal("1234567890123456.78"),
        }
    ],
    "commit_balances": [segment("pre", "acme-1")],
}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish(home, MARTS)
    return sdk(home).v1.customers.invoices


def ids(found) -> list[str]:
    return [one.id for one in found]


def test_amounts_are_cents_and_exact_beside(client):
    found = client.retrieve(customer_id="acme", invoice_id="acme-1.usage.2026-01-01").data
    assert found.total == 5.0 and found.credit_type.name == "USD (cents)"
    assert found.custom_fields["total"] == "0.0500"
    first, _, coverage = found.line_items
    # More digits than a float has: the text beside has them all.
    assert json.loads(first.metadata)["amount"] == "1234567890123456.7800"
    assert first.total == float(123456789012345678)
    assert first.unit_price == 1.5 and json.loads(first.metadata)["unit_price"] == "0.0150000000"
    assert first.pricing_group_values == {"region": "eu"}
    [share] = first.sub_line_items
    assert share.custom_fields["presentation_group"] == '{"user_id":null}'
    assert coverage.type == "applied_commit_or_credit" and coverage.total == -1000.0
    assert coverage.applied_commit_or_credit.id == "pre"
    assert coverage.applied_commit_or_credit.type == "PREPAID"


def test_only_dollars_are_in_cents(client):
    [found] = client.list(customer_id="globex")
    assert found.line_items[0].total == 7.5 and found.credit_type.name == "EUR"


def test_an_invoice_of_another_customer_is_not_there(client):
    assert ids(client.list(customer_id="globex")) == ["globex-1.usage.2026-02-01"]
    with pytest.raises(metronome.NotFoundError):
        client.retrieve(customer_id="globex", invoice_id="acme-1.usage.2026-01-01")
    # Nor by a filter that names its contract.
    assert ids(client.list(customer_id="globex", contract_id="acme-1")) == []
    assert ids(client.list(customer_id="a/b c")) == []
    with pytest.raises(metronome.NotFoundError):
        client.list(customer_id="nobody")


def test_filters_and_order(client):
    everything = ids(client.list(customer_id="acme"))
    assert everything == [
        "acme-1.scheduled.2026-01-01",
        "acme-1.usage.2026-01-01",
        "acme-1.usage.2026-02-01",
    ]
    assert ids(client.list(customer_id="acme", sort="date_desc")) == everything[::-1]
    assert ids(client.list(customer_id="acme", status="VOID")) == everything[:1]
    assert ids(client.list(customer_id="acme", type="USAGE")) == everything[1:]
    assert ids(client.list(customer_id="acme", type="USAGE_CONSOLIDATED")) == []
    assert ids(client.list(customer_id="acme", credit_type_id="EUR")) == []
    hosted = "2714e483-4ff1-48e4-9e25-ac732e8f24f2"
    assert ids(client.list(customer_id="acme", credit_type_id=hosted)) == everything
    january = client.list(
        customer_id="acme", starting_on=date(2026, 1, 1).isoformat(), ending_before="2026-02-01"
    )
    assert ids(january) == everything[:2]


def test_lines_without_quantity_can_be_left_out(client):
    [_, found, _] = client.list(customer_id="acme", skip_zero_qty_line_items=True)
    assert [json.loads(one.metadata)["line_number"] for one in found.line_items] == [1, 3]


def test_pages_have_every_invoice_once(client):
    for sort in ("date_asc", "date_desc"):
        paged = ids(client.list(customer_id="acme", limit=1, sort=sort))
        assert paged == ids(client.list(customer_id="acme", sort=sort))


def test_what_replaces_an_invoice_says_so(client):
    found = client.retrieve(customer_id="acme", invoice_id="acme-1.usage.2026-01-01").data
    assert found.regenerated_from_invoice_id == "acme-1.scheduled.2026-01-01"
    assert found.net_payment_terms_days == 14.0


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"webhook_notification_id": "x"}, "webhook"),
        ({"limit": 0}, "from 1 to 100"),
        ({"status": "PAID"}, "DRAFT"),
        ({"starting_on": "yesterday"}, "instant"),
        ({"extra_query": {"state": "x"}}, "Unknown parameter state"),
    ],
)
def test_what_cannot_be_served_is_refused(client, given, says):
    with pytest.raises(metronome.BadRequestError, match=says):
        client.list(customer_id="acme", **given)
