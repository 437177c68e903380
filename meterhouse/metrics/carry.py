"""What a metric carries over from before a period (S-56), as SQL over the log's events.

Runs keep it by day (calendar.carry_days). What explains a line or tries a metric out looks it up in
the events of one customer, by the same macros.
"""

from typing import Any

from meterhouse.common.model_sql import macro_sql

LATEST = """
    select
        {by} as carried_by,
        arg_max(
            struct_pack(event_seq, event_type, timestamp, event_date, transaction_id, customer_id,
                properties, property_texts, log_version),
            row(timestamp, event_seq)
        ) as event
    from {events} as events
    where list_contains({types}, event_type) and event_date < {before} and ({condition})
    group by carried_by
"""


def latest_before(meta: dict[str, Any], events: str, types: str, before: str) -> str | None:
    """One row per combination of `by`: `carried_by`, and `event`, a struct of its latest event.

    `meta` is the metric's `config.meta`; None if it carries nothing. `events` is a relation of one
    customer's events with the columns of landed_events, `types` and `before` are SQL: its event
    types as a list, the period's first day.
    """
    if "carry" not in meta:
        return None
    carry = {**meta["carry"], "property_filters": meta.get("property_filters") or []}
    return LATEST.format(
        by=macro_sql(f"carried_by({carry!r})"),
        condition=macro_sql(f"can_be_carried({carry!r})"),
        events=events,
        types=types,
        before=before,
    )
