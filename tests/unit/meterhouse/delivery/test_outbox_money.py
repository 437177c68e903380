"""What is told of an invoice's money (S-72).

Guards against a receiver that believes a payment which was taken back, and against another amount
that is still owed than the log's.
"""

import json
from datetime import timedelta
from decimal import Decimal

from meterhouse.payments.log import Payments
from tests.unit.meterhouse.delivery.noted import noted, told
from tests.unit.meterhouse.delivery.world import (
    AS_OF,
    NOW,
    book,
    endpoint,
    marts_of_everything,
    publish,
)
from tests.unit.meterhouse.delivery.world_money import JANUARY, SCHEDULED, event, tell_of_money

OF_MONEY = {
    *("invoice.sent", "invoice.paid", "invoice.payment_failed", "invoice.overdue"),
    *("invoice.refunded", "invoice.refund_failed", "invoice.payment_disputed"),
    *("invoice.dispute_closed", "invoice.payment_withdrawn"),
}


def append(home, *rows):
    Payments(home).append(rows, lambda: NOW)


def bodies(home, name):
    """The data of each message of that name, in the order in which they happened."""
    return [json.loads(row["body"])["data"] for row in noted(home) if row["message_type"] == name]


def test_money_is_told_once_and_of_those_whose_it_is(tmp_path):
    """S-72: what went wrong inside is not for a customer's own endpoint."""
    tell_of_money(tmp_path)
    only = {"event_types": ["invoice.*"], "customer_id": "acme"}
    publish(tmp_path, marts_of_everything(), book(endpoint("acme", **only), endpoint()))
    failed = {"invoice.delivery_failed"}
    assert set(told(tmp_path, "acme")) & (OF_MONEY | failed) == OF_MONEY
    assert set(told(tmp_path, "crm")) >= OF_MONEY | failed
    before = told(tmp_path, "crm")
    append(
        tmp_path,
        event("evt_9", "paid", JANUARY, NOW),
        event("evt_8", "paid", "of another ledger", NOW),
    )
    assert told(tmp_path, "crm") == before


def test_what_ended_is_not_overdue(tmp_path):
    """Known to the log of payments, and not to the publication yet."""
    tell_of_money(tmp_path)
    append(tmp_path, event("e", "uncollectible", SCHEDULED, NOW, provider="files"))
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    assert "invoice.overdue" not in told(tmp_path, "crm")


def test_what_is_paid_in_parts_is_not_overdue(tmp_path):
    tell_of_money(tmp_path)
    append(tmp_path, event("e", "partially_paid", SCHEDULED, NOW, amount=Decimal("70.5")))
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    assert "invoice.overdue" not in told(tmp_path, "crm")


def test_a_payment_that_was_withdrawn_ends_nothing(tmp_path):
    tell_of_money(tmp_path)
    wrong = event("e", "paid", SCHEDULED, NOW, provider="files")
    taken = {**wrong, "event_id": "withdrawn_e", "status": "withdrawn", "withdraws": "e"}
    append(tmp_path, wrong, taken)
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    assert "invoice.overdue" in told(tmp_path, "crm")


def test_what_is_still_owed_is_told_beside_the_total(tmp_path):
    tell_of_money(tmp_path)
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    told(tmp_path, "crm")
    [overdue] = bodies(tmp_path, "invoice.overdue")
    expected = ("120.5000", "50.0000", "70.5000")
    assert tuple(overdue[name] for name in ("total", "amount_received", "amount_due")) == expected
    [failed] = bodies(tmp_path, "invoice.payment_failed")
    assert tuple(failed[name] for name in ("total", "amount_received", "amount_due")) == expected
    [paid] = bodies(tmp_path, "invoice.paid")
    assert (paid["amount_received"], paid["amount_due"]) == ("120.5000", "0.0000")


def test_each_refund_tells_what_went_back_with_it(tmp_path):
    """Stripe says each time all that went back of the charge."""
    back = {"event_type": "charge.refunded"}
    append(
        tmp_path,
        event("e1", "paid", JANUARY, AS_OF - timedelta(hours=3)),
        event("e2", "partially_refunded", JANUARY, AS_OF - timedelta(hours=2), **back,
              amount=Decimal(20), given_back=Decimal(20)),
        event("e3", "refunded", JANUARY, AS_OF - timedelta(hours=1), **back,
              amount=Decimal("120.5"), given_back=Decimal("120.5")),
    )  # fmt: skip
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    told(tmp_path, "crm")
    assert [(row["amount"], row["status"]) for row in bodies(tmp_path, "invoice.refunded")] == [
        ("20.0000", "partially_refunded"),
        ("100.5000", "refunded"),
    ]
    assert {row["amount_due"] for row in bodies(tmp_path, "invoice.refunded")} == {"120.5000"}


def test_a_refund_that_came_to_nothing_is_told_once(tmp_path):
    """Stripe says so in two events or three."""
    said = {"detail": "refund re_1 came to nothing: lost_card", "given_back": Decimal(0)}
    append(
        tmp_path,
        event("e1", "paid", JANUARY, AS_OF),
        *(event(f"e_{kind}", "paid", JANUARY, AS_OF, event_type=kind, **said)
          for kind in ("refund.updated", "refund.failed", "charge.refund.updated")),
    )  # fmt: skip
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    assert told(tmp_path, "crm").count("invoice.refund_failed") == 1
    assert not bodies(tmp_path, "invoice.refunded")


def test_a_lost_dispute_is_told_as_lost_also_of_a_part(tmp_path):
    ended = {"event_type": "charge.dispute.closed"}
    append(
        tmp_path,
        event("e1", "paid", JANUARY, AS_OF),
        event("e2", "partially_refunded", JANUARY, AS_OF, **ended, given_back=Decimal(5),
              detail="dispute dp_1, fraudulent, lost"),
        event("e3", "charged_back", SCHEDULED, AS_OF, provider="files"),
    )  # fmt: skip
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    told(tmp_path, "crm")
    assert {row["outcome"] for row in bodies(tmp_path, "invoice.dispute_closed")} == {"lost"}
    assert len(bodies(tmp_path, "invoice.dispute_closed")) == 2
    assert not bodies(tmp_path, "invoice.refunded")


def test_after_a_withdrawal_the_payment_that_comes_is_told_again(tmp_path):
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    wrong = event("e1", "paid", JANUARY, AS_OF, provider="files")
    append(tmp_path, wrong)
    assert told(tmp_path, "crm").count("invoice.paid") == 1
    taken = {**wrong, "event_id": "withdrawn_e1", "status": "withdrawn", "withdraws": "e1"}
    append(tmp_path, taken)
    kinds = told(tmp_path, "crm")
    assert (kinds.count("invoice.paid"), kinds.count("invoice.payment_withdrawn")) == (1, 1)
    append(tmp_path, event("e2", "paid", JANUARY, NOW))
    assert told(tmp_path, "crm").count("invoice.paid") == 2
    assert told(tmp_path, "crm").count("invoice.paid") == 2


def test_a_second_payment_that_is_withdrawn_tells_the_first_no_second_time(tmp_path):
    """The first was told, stands, and went back: a receiver would open what is not paid."""
    publish(tmp_path, marts_of_everything(), book(endpoint()))
    append(tmp_path, event("e1", "paid", JANUARY, AS_OF))
    assert told(tmp_path, "crm").count("invoice.paid") == 1
    append(tmp_path, event("e2", "refunded", JANUARY, AS_OF))
    wrong = event("e3", "paid", JANUARY, AS_OF + timedelta(hours=1), provider="files")
    taken = {**wrong, "event_id": "withdrawn_e3", "status": "withdrawn", "withdraws": "e3"}
    Payments(tmp_path).append([wrong, taken], lambda: NOW + timedelta(seconds=1))
    kinds = told(tmp_path, "crm")
    assert (kinds.count("invoice.paid"), kinds.count("invoice.payment_withdrawn")) == (1, 1)
