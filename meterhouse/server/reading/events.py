"""Events by their ids, as the log has them up to the publication: `usage.search`."""

from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from meterhouse.common.model_sql import macro_sql
from meterhouse.server.reading.catalogue import CATALOGUES, Metric
from meterhouse.server.reading.customers import instant
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.log_window import DAYS, LogWindow
from meterhouse.server.reading.metrics import describe_metric
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.reader import Reader, Row
from raw_events.common.errors import LogDamaged
from raw_events.common.sql import literals
from raw_events.log.entry import LogEntry

MAX_IDS = 100
MAX_EVENTS = 1_000
_EVENTS = """
    with entries as (
        select
            unnest({versions}) as log_version,
            unnest([{files}]) as path
    ),
    events as (
        select
            entries.log_version, found.*,
            make_timestamp(epoch_us(found.timestamp))::date as event_date
        from read_parquet([{files}], filename = true) as found
        inner join entries on found.filename = entries.path
        -- a third faster than asking a list
        semi join (select unnest($ids) as transaction_id) as asked
            on found.transaction_id = asked.transaction_id
    )
    select
        events.* exclude (filename),
        customers.customer_id as matched_id,
        customers.name as matched_name
        PASSES
    from events
    left join (
        select customer_id as sent_id, customer_id, null::date as starting_on,
            null::date as ending_before
        from {book.customers}
        union all
        select alias, customer_id, starting_on, ending_before from {book.customer_aliases}
    ) as identities
        on events.customer_id = identities.sent_id
        and coalesce(events.event_date >= identities.starting_on, true)
        and coalesce(events.event_date < identities.ending_before, true)
    left join {book.customers} as customers on identities.customer_id = customers.customer_id
    order by events.log_version, events.position
    limit $rows
"""
# Metric versions that products point at, and on which days.
_POINTERS = """
    select
        metric, version, starting_on,
        lead(starting_on) over (partition by product_id order by starting_on) as until
    from {book.product_metrics}
    order by all
"""
_WINDOWS: dict[Path, LogWindow] = {}
_LOCK = Lock()


def search_events(reader: Reader, asked: Asked) -> list[dict[str, Any]]:
    """`usage.search`: events of the last 34 days with these ids, in the order of the log."""
    ids = asked.texts("transactionIds", MAX_IDS)
    asked.done()
    if not ids:
        raise Refused(400, "transactionIds is missing; it has 1 to 100 ids of events.")
    with _LOCK:
        window = _WINDOWS.setdefault(reader.home, LogWindow(reader.home))
    try:
        entries, is_whole = window.entries(reader.at.log_version, reader.at.as_of)
        taken_back = [
            (entry.version, window.retracted(entry)) for entry in entries if entry.retraction
        ]
    except LogDamaged as error:
        raise Refused(503, str(error), 60) from error
    metrics = _pointed_at(reader)
    rows = _rows(reader, window, entries, ids, [metric for metric, _ in metrics])
    if len(rows) > MAX_EVENTS:
        raise Refused(
            400, f"There are more than {MAX_EVENTS} events with these ids; ask for fewer."
        )
    oldest = reader.at.as_of - DAYS
    firsts: set[tuple[str, int]] = set()
    found = []
    for row in rows:
        id, version = row["transaction_id"], row["log_version"]
        # Since which retraction of its id it is; what is taken back counts as never sent (S-51).
        since = max((at for at, names in taken_back if at < version and id in names), default=-1)
        is_repeat = (id, since) in firsts
        firsts.add((id, since))
        if row["timestamp"] >= oldest:
            is_retracted = any(at > version and id in names for at, names in taken_back)
            payload = _payload(row, reader, metrics) | {"is_retracted": is_retracted}
            # What landed before the files that are looked through may have the same id.
            found.append(payload | {"is_duplicate": is_repeat if is_repeat or is_whole else None})
    return found


def _rows(
    reader: Reader,
    window: LogWindow,
    entries: list[LogEntry],
    ids: list[str],
    metrics: list[Metric],
) -> list[Row]:
    files = {entry.version: window.path(entry) for entry in entries}
    found = {version: str(path) for version, path in files.items() if path}
    if not found:
        return []
    passes = "".join(
        f", ({macro_sql(f'declared_conditions({_declared(metric)})')}) as passes_{place}"
        for place, metric in enumerate(metrics)
    )
    query = _EVENTS.replace("{versions}", str(list(found)))
    query = query.replace("{files}", literals(found.values()).replace("{", "{{").replace("}", "}}"))
    query = query.replace("PASSES", passes.replace("{", "{{").replace("}", "}}"))
    return reader.rows(query, {"ids": ids, "rows": MAX_EVENTS + 1})


def _declared(metric: Metric) -> str:
    """The property filters of a metric, as the macro that bills takes them."""
    filters = metric.meta.get("property_filters") or []
    return msgspec.json.encode({"property_filters": filters}).decode()


def _pointed_at(reader: Reader) -> list[tuple[Metric, list[Row]]]:
    """Metrics that products point at, each with the days on which they do."""
    catalogue = CATALOGUES.of(reader.home, reader.at.name)
    days: dict[str, list[Row]] = {}
    for row in reader.rows(_POINTERS):
        days.setdefault(f"{row['metric']}_v{row['version']}", []).append(row)
    return [(catalogue.metrics[id], days[id]) for id in sorted(days) if id in catalogue.metrics]


def _payload(row: Row, reader: Reader, metrics: list[tuple[Metric, list[Row]]]) -> dict[str, Any]:
    day = row["event_date"]
    matched = [
        describe_metric(metric, reader)
        for place, (metric, days) in enumerate(metrics)
        if row["event_type"] in (metric.meta.get("event_types") or [])
        and row[f"passes_{place}"]
        and any(one["starting_on"] <= day and (one["until"] or day) >= day for one in days)
    ]
    for metric in matched:
        metric["aggregation_type"] = metric["aggregation_type"] or "custom_sql"
    return {
        "id": f"{row['log_version']}-{row['position']}",
        "transaction_id": row["transaction_id"],
        "customer_id": row["customer_id"],
        "event_type": row["event_type"],
        "timestamp": instant(row["timestamp"]),
        "processed_at": instant(row["received_at"]),
        # As it was sent: no number in it goes through a float.
        "properties": msgspec.Raw(row["properties"].encode()) if row["properties"] else None,
        "matched_customer": _customer(row),
        "matched_billable_metrics": matched,
    }


def _customer(row: Row) -> dict[str, Any] | None:
    if row["matched_id"] is None:
        return None
    return {"id": row["matched_id"], "name": row["matched_name"]}
