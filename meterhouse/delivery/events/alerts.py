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
    where change = '{change}' and kind <> 'anomaly'
"""


def _number(column: str) -> str:
    """As text, without zeros that say nothing."""
    return f"regexp_replace({column}::varchar, '\\.?0+$', '')"


def _alert(change: str) -> str:
    return _ALERT.format(change=change, threshold=_number("threshold"), value=_number("value"))


# What is found later of the same day is in the mart; the message is of when it fired.
_ANOMALY = f"""
    select
        [alert_event_id] as identity,
        'usage:' || told.contract_id || ':' || told.metric as subject,
        told.customer_id,
        told.occurred_at,
        json_object(
            'alert_event_id', told.alert_event_id,
            'alert_id', told.alert_id,
            'customer_id', told.customer_id,
            'contract_id', told.contract_id,
            'metric', told.metric,
            'group', told.pricing_group::json,
            'usage_date', told.period_start,
            'quantity', {_number("days.quantity")},
            'usual', {_number("days.usual")},
            'excess', {_number("told.value")},
            'threshold', {_number("told.threshold")}
        ) as data
    from {{alert_events}} as told
    left join (
        select contract_id, metric, usage_date, "group",
            arg_max(quantity, metric_version) as quantity,
            arg_max(usual, metric_version) as usual
        from {{usage_anomalies}} group by all
    ) as days
        on told.contract_id = days.contract_id and told.metric = days.metric
        and told.period_start = days.usage_date and told.pricing_group = days."group"
    where told.change = 'triggered' and told.kind = 'anomaly'
"""

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
    Event(
        "usage.anomaly",
        "a day's usage is far above what is usual on that weekday, and an alert of kind `anomaly`"
        " asks for it; once for each day, group and threshold"
        " ([alerts](alerts.md#unusual-usage))",
        _ANOMALY,
    ),
)
