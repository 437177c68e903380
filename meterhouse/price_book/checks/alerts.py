"""Alerts (S-76): rows that could not be meant as they are written."""

from meterhouse.price_book.checks.rule import Rule
from meterhouse.price_book.delivery_tables import (
    BALANCE_ALERTS,
    LATER_ALERTS,
    METRIC_ALERTS,
    UPWARD_ALERTS,
)
from raw_events.common.sql import literals

RULES = (
    Rule(
        "alert_not_built",
        "alerts",
        "kind",
        f"select file_row, alert_id, kind from alerts where kind in ({literals(LATER_ALERTS)})",
        "'{alert_id}' asks for {kind}, which is not built yet: nobody would ever be told (S-76).",
        "Remove the row until it is, or watch spend, usage or a balance instead.",
    ),
    Rule(
        "alert_metric",
        "alerts",
        "metric",
        f"""
        select
            file_row, alert_id, kind,
            case
                when kind in ({literals(METRIC_ALERTS)})
                    then 'watches usage, and does not say of which metric'
                when metric is not null then 'names a metric, and ' || kind || ' is of none'
                else 'names a pricing group, and ' || kind || ' is of none'
            end as what,
            case
                when kind in ({literals(METRIC_ALERTS)})
                    then 'Fill in metric, as product_metrics.csv has it'
                else 'Leave metric and pricing_group empty, or make it an alert of kind usage'
            end as step
        from alerts
        where
            (kind in ({literals(METRIC_ALERTS)})) <> (metric is not null)
            or (kind not in ({literals(METRIC_ALERTS)}) and pricing_group <> '{{}}')
        """,
        "'{alert_id}' {what} (S-76).",
        "{step}.",
    ),
    Rule(
        "alert_unit",
        "alerts",
        "pricing_unit",
        f"""
        select alerts.file_row, alerts.alert_id, alerts.kind, alerts.pricing_unit
        from alerts
        inner join pricing_units on alerts.pricing_unit = pricing_units.pricing_unit
        where
            alerts.kind in ({literals(METRIC_ALERTS)})
            or (alerts.kind in ('spend', 'invoice_total') and pricing_units.kind <> 'currency')
        """,
        "'{alert_id}' is of {kind} and names the unit '{pricing_unit}', in which none is (S-76).",
        "Leave pricing_unit empty; for spend and invoice_total it may be a currency.",
    ),
    Rule(
        "alert_at_once",
        "alerts",
        "threshold",
        f"""
        select file_row, alert_id, kind from alerts
        where kind in ({literals(UPWARD_ALERTS)}) and kind <> 'anomaly' and threshold = 0
        """,
        "'{alert_id}' would fire on the first day of every period: {kind} is 0 or more (S-76).",
        "Write a threshold above 0.",
    ),
    Rule(
        "alert_threshold",
        "alerts",
        "threshold",
        """
        select
            file_row, alert_id, threshold,
            case kind
                when 'exhausted' then 'fires at 0, whatever its threshold'
                else 'is in percent, of which there are no more than 100'
            end as what,
            case kind
                when 'exhausted' then 'Write 0, or make it an alert of kind balance'
                else 'Write a number from 0 to 100'
            end as step
        from alerts
        where
            (kind = 'exhausted' and threshold <> 0)
            or (kind = 'balance_percent' and threshold > 100)
        """,
        "'{alert_id}' {what} (S-76).",
        "{step}.",
    ),
    Rule(
        "alert_never_clears",
        "alerts",
        "clear_at",
        f"""
        select
            file_row, alert_id, kind,
            case
                when kind in ({literals(UPWARD_ALERTS)})
                    then 'never resolves: it fires once per threshold and period'
                when clear_at <= threshold
                    then 'would resolve where it fires: clear_at is not above the threshold'
                else 'would never resolve: no balance is above 100 percent'
            end as what
        from alerts
        where
            clear_at is not null
            and (
                kind in ({literals(UPWARD_ALERTS)})
                or clear_at <= threshold
                or (kind = 'balance_percent' and clear_at > 100)
            )
        """,
        "'{alert_id}' {what} (S-76).",
        "Leave clear_at empty, or for " + ", ".join(BALANCE_ALERTS) + " raise it above threshold.",
    ),
    Rule(
        "anomaly_stops_nobody",
        "alerts",
        "hard_cap",
        "select file_row, alert_id from alerts where kind = 'anomaly' and hard_cap",
        "'{alert_id}' would stop a customer for usage that is unusual, and nothing says that it is"
        " too much (S-76, S-86).",
        "Leave hard_cap empty; to stop at a quantity make it an alert of kind usage.",
    ),
    Rule(
        "alert_of_two_things",
        "alerts",
        "alert_id",
        """
        select file_row, alert_id from alerts
        where kind is not null
        qualify row(kind, metric, pricing_group, pricing_unit) is distinct from first_value(
            row(kind, metric, pricing_group, pricing_unit)
        ) over (partition by alert_id order by file_row)
        """,
        "'{alert_id}' watches something else here than in an earlier row: a customer's row replaces"
        " the general one of the same alert_id (S-76).",
        "Give it another alert_id, or the same kind, metric, pricing_group and pricing_unit.",
    ),
)

METRIC_RULES = (
    Rule(
        "alert_of_unknown_metric",
        "alerts",
        "metric",
        f"""
        select file_row, alert_id, metric from alerts
        where
            kind in ({literals(METRIC_ALERTS)}) and metric is not null
            and metric not in (select metric from product_metrics where metric is not null)
        """,
        "'{alert_id}' watches '{metric}', which no product is metered by: it would never fire"
        " (S-76).",
        "Name a metric of product_metrics.csv.",
    ),
    Rule(
        "alert_group_not_in_metric",
        "alerts",
        "pricing_group",
        f"""
        select asked.file_row, asked.alert_id, asked.metric, asked.keys
        from (
            select *, list_sort(json_keys(pricing_group)) as keys from alerts
            where kind in ({literals(METRIC_ALERTS)}) and pricing_group <> '{{}}'
        ) as asked
        inner join product_metrics on asked.metric = product_metrics.metric
        inner join metrics
            on product_metrics.metric = metrics.metric and product_metrics.version = metrics.version
        group by all
        having not bool_or(list_has_all(metrics.group_keys, asked.keys))
        """,
        "'{alert_id}' watches '{metric}' by {keys}, which are not all group keys of a version in"
        " use (S-76).",
        "Name keys that the metric groups by (docs/metrics.md), or leave pricing_group empty.",
    ),
)
