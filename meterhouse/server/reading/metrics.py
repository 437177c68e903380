"""Billable metrics as the SDK describes them."""

import json
from typing import Any

from meterhouse.server.reading.catalogue import CATALOGUES, Metric
from meterhouse.server.reading.customers import midnight
from meterhouse.server.reading.paging import TEXT, Place, key_after, next_page
from meterhouse.server.reading.parameters import MAX_LIMIT, Asked
from meterhouse.server.reading.reader import Reader

# Of our aggregations those that the SDK knows; the others, and metrics in SQL, have their SQL.
_KNOWN = ("count", "latest", "max", "sum", "unique")


def list_metrics(reader: Reader, asked: Asked, place: Place) -> dict[str, Any]:
    """`billable_metrics.list`, in the order of ids."""
    limit = asked.limit(MAX_LIMIT)
    with_archived = bool(asked.boolean("include_archived"))
    asked.done()
    after = key_after(place, {"after": TEXT})["after"]
    found = [
        describe_metric(metric, reader)
        for id, metric in sorted(CATALOGUES.of(reader.home, reader.at.name).metrics.items())
        if (after is None or id > after) and (with_archived or not _is_archived(metric, reader))
    ]
    more = next_page(asked, reader.at, [found[limit - 1]["id"]]) if len(found) > limit else None
    return {"data": found[:limit], "next_page": more}


def retrieve_metric(reader: Reader, asked: Asked, metric: str) -> dict[str, Any]:
    """`billable_metrics.retrieve`."""
    asked.done()
    found = CATALOGUES.of(reader.home, reader.at.name).metric(metric)
    return {"data": describe_metric(found, reader)}


def describe_metric(metric: Metric, reader: Reader) -> dict[str, Any]:
    """One version of a metric; what the SDK has no place for stands in `custom_fields`."""
    aggregation, keys = metric.meta.get("aggregation"), metric.group_keys
    # One key alone is the sum over the others, which a unique count is not (S-11).
    sets = [[key] for key in keys] if metric.adds_up and len(keys) > 1 else []
    fields = {
        "metric": metric.name,
        "version": str(metric.version),
        "frozen": "true" if metric.is_frozen else "false",
        "aggregation": aggregation,
        "days_roll_up_by": metric.rollup,
        "carry": json.dumps(metric.meta["carry"]) if "carry" in metric.meta else None,
    }
    return {
        "id": metric.id,
        "name": f"{metric.name} v{metric.version}",
        "aggregation_type": str(aggregation).upper() if aggregation in _KNOWN else None,
        "aggregation_key": metric.meta.get("aggregation_key"),
        "event_type_filter": {"in_values": metric.meta.get("event_types")},
        "property_filters": [_filter(one) for one in metric.meta.get("property_filters") or []],
        "group_keys": [*sets, keys] if keys else [],
        "sql": None if aggregation else metric.sql,
        "archived_at": midnight(metric.last_day) if _is_archived(metric, reader) else None,
        "custom_fields": {name: text for name, text in fields.items() if text is not None},
    }


def _is_archived(metric: Metric, reader: Reader) -> bool:
    return metric.last_day is not None and metric.last_day <= reader.at.as_of.date()


def _filter(one: dict[str, Any]) -> dict[str, Any]:
    values = {name: one[name] for name in ("in_values", "not_in_values") if name in one}
    return {
        "name": one["name"],
        "exists": one.get("exists"),
        **{name: [_text(value) for value in found] for name, found in values.items()},
    }


def _text(value: object) -> str:
    """A value of a filter as the text that it is compared with (S-15)."""
    return value if isinstance(value, str) else json.dumps(value).removesuffix(".0")
