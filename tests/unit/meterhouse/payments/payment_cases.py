"""Payments for tests: rows of the log as a provider would give them."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


def payment(event_id, status="paid", invoice_id="acme.1", at=NOON, **more):
    """A row without `received_at`, which the log gives."""
    return {
        "provider": "stripe",
        "event_id": event_id,
        "status": status,
        "invoice_id": invoice_id,
        "occurred_at": at,
        **more,
    }


def minutes(count):
    """That many minutes after noon."""
    return NOON + timedelta(minutes=count)
