"""Usage of customers by metric and window: `usage.list`."""

from dataclasses import dataclass
from typing import Any

from meterhouse.server.reading.catalogue import CATALOGUES, Catalogue, Metric
from meterhouse.server.reading.customers import check_customers, midnight
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.money import exact, number
from meterhouse.server.reading.paging import TEXT, Place, day, key_after, next_page, whole
from meterhouse.server.reading.parameters import Asked, text_list, wrong
from meterhouse.server.reading.reader import Reader, Row
from meterhouse.server.reading.spans import Span, span_of
from meterhouse.server.reading.windows import (
    asked_of,
    check_keys,
    pointer,
    why_not_added_up,
    why_not_one_window,
    windows_sql,
)
from raw_events.common.sql import literals

# A page is made of so many customers at most, fewer where each has many days, and has so many rows.
CUSTOMERS, ROWS = 25, 500
MAX_CUSTOMERS = 1_000
MAX_METRICS = 200
MAX_VALUES = 200
_KEY = ("customer_id", "metric", "metric_version", "window_start")
_PARTS = {"customer": TEXT, "metric": TEXT, "version": whole, "window": day}
# A group without a value is the key `null` of `groups`; a text that would be taken for it, or for a
# quoted one, is quoted.
_LABEL = """
    case
        when key_value is null then 'null'
        when key_value = 'null' or starts_with(key_value, '"') then to_json(key_value)::varchar
        else key_value
    end
"""
_CUSTOMERS = """
    select distinct customer_id
    from {usage_daily}
    where usage_date >= $starting_on and usage_date < $ending_before
        and ($customers is null or list_contains($customers, customer_id))
        and ($customer is null or customer_id >= $customer)
        and list_contains($metrics, metric || '_v' || metric_version)
    order by customer_id
    limit $rows
"""
_ROWS = f"""
    , keyed as (
        select
            windows.customer_id, windows.metric, windows.metric_version, windows.window_start,
            metrics.path is not null as has_key,
            json_extract_string(windows.metric_group, metrics.path) as key_value,
            {_LABEL} as label,
            metrics.wanted,
            sum(windows.quantity) as quantity
        from windows
        inner join metrics
            on windows.metric = metrics.metric and windows.metric_version = metrics.metric_version
        group by all
    )
    select
        customer_id, metric, metric_version, window_start,
        sum(quantity) as quantity,
        list(struct_pack(label := label, quantity := quantity) order by label) filter (
            where has_key and (wanted is null or list_contains(wanted, label))
        ) as groups
    from keyed
    where $customer is null
        or (customer_id, metric, metric_version, window_start)
            > ($customer, $metric, $version::integer, $window::date)
    group by customer_id, metric, metric_version, window_start
    order by customer_id, metric, metric_version, window_start
    limit $rows
"""


@dataclass(frozen=True)
class Wanted:
    """A metric that is asked for, and by which key its windows are divided."""

    metric: Metric
    key: str | None = None
    values: list[str] | None = None
    is_named: bool = False


def list_usage(reader: Reader, asked: Asked, place: Place) -> dict[str, Any]:
    """`usage.list`: a row per customer, metric and window in which there is usage."""
    span = span_of(asked)
    customers = asked.texts("customer_ids", MAX_CUSTOMERS)
    given = asked.value("billable_metrics")
    asked.done()
    check_customers(reader, customers or [])
    wanted = {
        one.metric.id: one for one in _wanted(CATALOGUES.of(reader.home, reader.at.name), given)
    }
    if not wanted:
        return {"data": [], "next_page": None}
    for one in wanted.values():
        why = _missing(one, span)
        if why and one.is_named and not (one.key and why_not_one_window(one.metric, span) is None):
            raise Refused(400, f"This cannot be served: {why}.")
    more = {
        id: f", {pointer(one.key) if one.key else 'null::varchar'}, "
        + (f"[{literals(one.values)}]" if one.values else "null::varchar[]")
        for id, one in wanted.items()
    }
    key = key_after(place, _PARTS)
    asked_of_page = {**asked_of(reader, span, customers), **key, "metrics": list(wanted)}
    most = max(2, min(CUSTOMERS, ROWS // span.windows))
    found = reader.rows(_CUSTOMERS, {**asked_of_page, "rows": most + 1})
    page = [row["customer_id"] for row in found[:most]]
    query = windows_sql([one.metric for one in wanted.values()], span, more) + _ROWS
    rows = reader.rows(query, {**asked_of_page, "customers": page, "rows": ROWS + 1})
    data = [
        _row(row, wanted[f"{row['metric']}_v{row['metric_version']}"], span) for row in rows[:ROWS]
    ]
    if len(rows) <= ROWS and len(found) <= most:
        return {"data": data, "next_page": None}
    # The page has a row: of its customers the first alone may be one whose rows were all given.
    last = [str(rows[len(data) - 1][part]) for part in _KEY]
    return {"data": data, "next_page": next_page(asked, reader.at, last)}


def _wanted(catalogue: Catalogue, given: object) -> list[Wanted]:
    if given is None:
        return [Wanted(metric) for metric in catalogue.metrics.values()]
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise wrong("billable_metrics", given, "a list of objects with an `id`")
    if len(given) > MAX_METRICS:
        raise Refused(400, f"billable_metrics has {len(given)} entries; at most {MAX_METRICS}.")
    found = [_one(catalogue, one) for one in given]
    if len({one.metric.id for one in found}) < len(found):
        raise Refused(400, "billable_metrics names a metric twice; ask for it in another request.")
    return found


def _one(catalogue: Catalogue, given: dict[str, Any]) -> Wanted:
    if given.keys() - {"id", "group_by"} or not isinstance(given.get("id"), str):
        raise wrong("billable_metrics", given, "an object with `id` and, if wanted, `group_by`")
    if given["id"] not in catalogue.metrics:
        raise Refused(400, f"There is no billable metric {given['id']!r}.")
    metric, group_by = catalogue.metrics[given["id"]], given.get("group_by")
    if group_by is None:
        return Wanted(metric, is_named=True)
    key, values = key_and_values("group_by", group_by)
    check_keys(metric, [key])
    why = why_not_added_up(metric, [key])
    if why:
        raise Refused(400, f"group_by cannot be served: {why}.")
    return Wanted(metric, key, values, is_named=True)


def key_and_values(name: str, given: object) -> tuple[str, list[str] | None]:
    """The `key` and the `values` of a `group_by`; None for all values."""
    if (
        not isinstance(given, dict)
        or given.keys() - {"key", "values"}
        or not isinstance(given.get("key"), str)
    ):
        raise wrong(name, given, "an object with `key` and, if wanted, `values`")
    values = given.get("values")
    return given["key"], text_list("values", values, MAX_VALUES) or None if values else None


def _missing(wanted: Wanted, span: Span) -> str | None:
    """Why a window has no one value; None if it has."""
    return why_not_one_window(wanted.metric, span) or why_not_added_up(wanted.metric, [])


def _row(row: Row, wanted: Wanted, span: Span) -> dict[str, Any]:
    found: dict[str, Any] = {
        "customer_id": row["customer_id"],
        "billable_metric_id": wanted.metric.id,
        "billable_metric_name": f"{wanted.metric.name} v{wanted.metric.version}",
        "start_timestamp": midnight(row["window_start"]),
        "end_timestamp": midnight(span.end_of(row["window_start"])),
    }
    why = _missing(wanted, span)
    if why:
        found |= {"value": None, "value_missing": f"{why}."}
    else:
        found |= {"value": number(row["quantity"]), "value_exact": exact(row["quantity"])}
    if wanted.key:
        found["groups"] = _groups(row, wanted)
    return found


def _groups(row: Row, wanted: Wanted) -> dict[str, float | None]:
    groups = row["groups"] or []
    if len(groups) > MAX_VALUES:
        raise Refused(
            400,
            f"{wanted.key} of {wanted.metric.id} has more than {MAX_VALUES} values in a window; "
            "name some in group_by, or ask usage.list_with_groups, which has pages.",
        )
    found: dict[str, float | None] = dict.fromkeys(wanted.values or [])
    found |= {one["label"]: number(one["quantity"]) for one in groups}
    return found
