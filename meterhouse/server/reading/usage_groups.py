"""Usage of one customer and metric by group: `usage.list_with_groups`."""

import json
from typing import Any

from meterhouse.server.reading.catalogue import CATALOGUES, Metric
from meterhouse.server.reading.customers import check_customer, midnight
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.money import exact, number
from meterhouse.server.reading.paging import TEXT, Place, day, key_after, next_page
from meterhouse.server.reading.parameters import MAX_LIMIT, Asked, text_list, wrong
from meterhouse.server.reading.reader import Reader, Row
from meterhouse.server.reading.spans import Span, by_day_of, open_period, span_of
from meterhouse.server.reading.usage import MAX_VALUES, key_and_values
from meterhouse.server.reading.windows import (
    asked_of,
    check_keys,
    pointer,
    why_not_added_up,
    why_not_one_window,
    windows_sql,
)

Filters = dict[str, list[str]]
_ROWS = """
    , grouped as (
        select
            window_start,
            to_json({values})::varchar as group_values,
            sum(quantity) as quantity
        from windows
        where {condition}
        group by all
    )
    select * from grouped
    where $window is null or (window_start, group_values) > ($window::date, $values)
    order by window_start, group_values
    limit $rows
"""


def list_usage_with_groups(reader: Reader, asked: Asked, place: Place) -> dict[str, Any]:
    """`usage.list_with_groups`: a row per window and group in which there is usage."""
    customer, id = asked.needed("customer_id"), asked.needed("billable_metric_id")
    limit = asked.limit(MAX_LIMIT)
    keys, filters = _groups(asked)
    span = _span(reader, asked, customer)
    asked.done()
    check_customer(reader, customer)
    metric = CATALOGUES.of(reader.home, reader.at.name).metric(id)
    check_keys(metric, keys)
    why = why_not_one_window(metric, span) or why_not_added_up(metric, keys)
    if why:
        raise Refused(400, f"This cannot be served: {why}.")
    parameters = {
        **asked_of(reader, span, [customer]),
        **key_after(place, {"window": day, "values": TEXT}),
        **{f"only_{number}": values for number, values in enumerate(filters.values())},
        "rows": limit + 1,
    }
    rows = reader.rows(_query(metric, span, keys, filters), parameters)
    data = [_row(row, keys, span) for row in rows[:limit]]
    more = None
    if len(rows) > limit:
        last = rows[limit - 1]
        more = next_page(asked, reader.at, [str(last["window_start"]), last["group_values"]])
    return {"data": data, "next_page": more}


def _span(reader: Reader, asked: Asked, customer: str) -> Span:
    if not asked.boolean("current_period"):
        return span_of(asked)
    for name in ("starting_on", "ending_before"):
        if asked.value(name) is not None:
            raise Refused(400, f"{name} cannot stand beside current_period.")
    return open_period(reader, customer, by_day_of(asked))


def _groups(asked: Asked) -> tuple[list[str], Filters]:
    """The keys to group by, and per key the values that are wanted: none named is all."""
    keys = asked.texts("group_key", MAX_VALUES)
    given = asked.value("group_filters")
    group_by = asked.value("group_by")
    if group_by is not None:
        if keys is not None or given is not None:
            raise Refused(400, "group_by cannot stand beside group_key and group_filters.")
        key, values = key_and_values("group_by", group_by)
        return [key], {key: values} if values else {}
    keys = keys or []
    if len(set(keys)) < len(keys):
        raise Refused(400, "group_key names a key twice.")
    if given is None:
        return keys, {}
    if not isinstance(given, dict):
        raise wrong("group_filters", given, "an object of lists of texts")
    for key in given:
        if key not in keys:
            raise Refused(400, f"group_filters has the key {key!r}, which is not in group_key.")
    filters = {
        key: text_list("group_filters", values, MAX_VALUES)
        for key, values in given.items()
        if values
    }
    if sum(map(len, filters.values())) > MAX_VALUES:
        raise Refused(400, f"group_filters has more than {MAX_VALUES} values.")
    return keys, filters


def _query(metric: Metric, span: Span, keys: list[str], filters: Filters) -> str:
    def value(key: str) -> str:
        return f"json_extract_string(metric_group, {_braced(pointer(key))})"

    conditions = [
        f"coalesce(list_contains($only_{number}, {value(key)}), false)"
        for number, key in enumerate(filters)
    ]
    values = f"[{', '.join(map(value, keys))}]" if keys else "[]::varchar[]"
    rows = _ROWS.replace("{values}", values).replace(
        "{condition}", " and ".join(conditions) or "true"
    )
    return windows_sql([metric], span) + rows


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _row(row: Row, keys: list[str], span: Span) -> dict[str, Any]:
    values = dict(zip(keys, json.loads(row["group_values"]), strict=True))
    alone = len(keys) == 1
    return {
        "starting_on": midnight(row["window_start"]),
        "ending_before": midnight(span.end_of(row["window_start"])),
        "group_key": keys[0] if alone else None,
        "group_value": values[keys[0]] if alone else None,
        # A key without a value (S-15) is left out: here every value is a text.
        "group": {key: value for key, value in values.items() if value is not None},
        "value": number(row["quantity"]),
        "value_exact": exact(row["quantity"]),
    }
