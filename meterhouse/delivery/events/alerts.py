"""Alerts that fired or resolved, as the runs saw them: each once, and it never changes (S-76)."""

from meterhouse.delivery.events.event import Event

_ALERT = """
    select
        [alert_event_id] as identity,
        'alert:' || alert_id || ':' || contract_id as subject,
        customer_id,
        occurred_at,
        json_object(
            'alert_event_id', alert_event_id,
            'alert_id', alert_id,
            'kind', kind,
            'customer_id', customer_id,
            'contract_id', contract_id,
            'metric', metric,
            'pricing_group', pricing_group::json,
            'pricing_unit', pricing_unit,
            'period_start', period_start,
            'period_end', period_end,
            'threshold', {threshold},
            'value', {value},
            'hard_cap', hard_cap
        ) as data
    from {{alert_events}}
    where change = '{change}'
"""


def _number(column: str) -> str:
    """As text, without zeros that say nothing."""
    return f"regexp_replace({column}::varchar, '\\.?0+$', '')"


def _alert(change: str) -> str:
    return _ALERT.format(change=change, threshold=_number("threshold"), value=_number("value"))


EVENTS = (
    Event(
        "alert.triggered",
        "an alert has fired: of spend, an invoice total or usage once per threshold and billing"
        " period, of a balance each time it falls ([alerts](alerts.md))",
        _alert("triggered"),
    ),
    Event(
        "alert.resolved",
        "an alert of a balance is over: the value is above its threshold again, or at `clear_at`",
        _alert("resolved"),
    ),
)
