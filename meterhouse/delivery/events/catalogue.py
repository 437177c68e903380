"""All events, in the order of docs/webhooks.md."""

from meterhouse.delivery.events import (
    alerts,
    commits,
    contracts,
    invoices,
    payments,
    sent,
    troubles,
)
from meterhouse.delivery.events.event import Event

CATALOGUE: tuple[Event, ...] = (
    *invoices.EVENTS,
    *sent.EVENTS,
    *payments.EVENTS,
    *contracts.EVENTS,
    *commits.EVENTS,
    *alerts.EVENTS,
    *troubles.EVENTS,
)


def candidates() -> str:
    """A query of all messages of a publication: message_id, message_type and the event's columns.

    The id follows from the type and the identity (S-70), so that the same message has the same id
    whenever and however often it is made.
    """
    return "\nunion all by name\n".join(
        f"""
        select
            'msg_' || left(
                sha256(to_json(list_prepend('{event.name}', identity))::varchar), 32
            ) as message_id,
            '{event.name}' as message_type, subject, customer_id, occurred_at, data
        from ({event.query})
        where {"true" if event.at_once else "occurred_at <= (select as_of from moment)"}
        """
        for event in CATALOGUE
    )
