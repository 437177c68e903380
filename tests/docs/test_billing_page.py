"""docs/billing.md is right: which metadata is written at Stripe, and which events are read."""

import re
from pathlib import Path

import pytest

from meterhouse.payments.stripe_events import OF_INVOICES, OF_PAYMENTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "billing.md").read_text("utf-8")
# Of endpoints with an older version of Stripe's API, which name what refund.updated is now.
OLD = {"charge.refund.updated"}


def test_all_metadata_that_is_written_is_named():
    files = [*(ROOT / "meterhouse/delivery/billing").glob("stripe_*.py"),
             ROOT / "meterhouse/payments/stripe_account.py"]  # fmt: skip
    written = {
        key for file in files for key in re.findall(r'"(meterhouse_\w+)"', file.read_text("utf-8"))
    }
    assert len(written) > 8
    assert set(re.findall(r"`(meterhouse_\w+)`", PAGE)) == written


@pytest.mark.parametrize("event", sorted({*OF_INVOICES, *OF_PAYMENTS} - OLD))
def test_an_endpoint_is_set_up_with_every_event_that_is_read(event):
    assert f"`{event}`" in PAGE
