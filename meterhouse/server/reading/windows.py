"""Usage of metrics over windows of days, from the mart `usage_daily`.

The SQL that puts days together is that of the models (dbt_project/models/usage): the metric over
days that follow one another, for each of its groups, and then the sum over groups (S-11).
"""

from collections.abc import Sequence
from typing import Any

from meterhouse.common.model_sql import macro_sql
from meterhouse.metrics.declaration import ROLLUPS
from meterhouse.server.reading.catalogue import Metric
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.reader import Reader
from meterhouse.server.reading.spans import Span
from raw_events.common.sql import literal

_AVERAGE = macro_sql("exact_divide('sum(quantity)', 'count(*)')")
_OVER_ALL = macro_sql(
    "exact_divide('sum(quantity)', 'least($ending_before::date, $today::date + 1) "
    "- $starting_on::date')"
)
# A customer's day is the same under each of its contracts: it is taken once.
DAYS = """
    days as (
        select
            usage.customer_id, usage.metric, usage.metric_version, usage.usage_date,
            usage."group" as metric_group,
            arg_min(usage.quantity, usage.contract_id) as quantity
        from {usage_daily} as usage
        semi join metrics
            on usage.metric = metrics.metric and usage.metric_version = metrics.metric_version
        -- by a join, so that only the parts of the file are read that have these customers
        semi join (select unnest($customers) as customer_id) as page
            on usage.customer_id = page.customer_id
        where usage.usage_date >= $starting_on and usage.usage_date < $ending_before
        group by all
    )
"""
_BY_DAY = """
    windows as (
        select * exclude (usage_date), usage_date as window_start from days
    )
"""
_AS_ONE = f"""
    windows as (
        select
            days.customer_id, days.metric, days.metric_version, days.metric_group,
            $starting_on::date as window_start,
            case metrics.rollup
                when 'sum' then sum(quantity)
                when 'max' then max(quantity)
                when 'min' then min(quantity)
                when 'latest' then arg_max(quantity, usage_date)
                when 'average_of_days_with_data' then {_AVERAGE}
                when 'average_of_all_days' then {_OVER_ALL}
            end::decimal(38, 10) as quantity
        from days
        inner join metrics
            on days.metric = metrics.metric and days.metric_version = metrics.metric_version
        group by days.customer_id, days.metric, days.metric_version, days.metric_group,
            metrics.rollup
    )
"""


def windows_sql(metrics: Sequence[Metric], span: Span, more: dict[str, str] | None = None) -> str:
    """CTEs `metrics`, `days` and `windows`: one row per customer, metric, window and metric group.

    `more`: the columns `path` and `wanted` of `metrics`, metric id → `, path, wanted` in SQL. There
    is at least one metric.
    """
    rows = ", ".join(
        f"({literal(one.name)}, {one.version}, "
        f"{literal(one.rollup) if one.rollup else 'null::varchar'}{(more or {}).get(one.id, '')})"
        for one in metrics
    )
    columns = f"metric, metric_version, rollup{', path, wanted' if more else ''}"
    # Braces of keys and values are none of the query's own.
    values = rows.replace("{", "{{").replace("}", "}}")
    head = f"metrics({columns}) as (values {values})"
    return f"with {head}, {DAYS}, {_BY_DAY if span.by_day else _AS_ONE}"


def asked_of(reader: Reader, span: Span, customers: list[str] | None) -> dict[str, Any]:
    """The parameters that `windows_sql` needs."""
    return {
        "starting_on": span.starting_on,
        "ending_before": span.ending_before,
        "customers": customers,
        "today": reader.at.as_of.date(),
    }


def why_not_one_window(metric: Metric, span: Span) -> str | None:
    """Why days of the metric do not make up the window that is asked for; None if they do."""
    if span.by_day or metric.rollup in ROLLUPS:
        return None
    return (
        f"{metric.id} over several days does not follow from its days, by which usage is "
        "published; ask for window_size DAY"
    )


def why_not_added_up(metric: Metric, keys: list[str]) -> str | None:
    """Why the metric's rows cannot be added up to groups of these keys; None if they can."""
    if metric.adds_up or set(keys) == set(metric.group_keys):
        return None
    return (
        f"values of {metric.id} do not add up over its group keys "
        f"({', '.join(metric.group_keys)}); ask for all of them with usage.list_with_groups"
    )


def check_keys(metric: Metric, keys: list[str]) -> None:
    """400 for a group key that the metric does not have."""
    for key in keys:
        if key not in metric.group_keys:
            known = ", ".join(metric.group_keys) or "none"
            raise Refused(400, f"{metric.id} has no group key {key!r}; it has {known}.")


def pointer(key: str) -> str:
    """Where the key stands in the JSON of a group, as a SQL text: a JSON pointer."""
    return literal("/" + key.replace("~", "~0").replace("/", "~1"))
