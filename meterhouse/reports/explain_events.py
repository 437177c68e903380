"""The events behind a usage line, as the log had them at the invoice's version."""

import json
from datetime import date
from typing import Any

from meterhouse.common.model_sql import macro_sql
from meterhouse.ledger.sql import one_row
from meterhouse.metrics.carry import latest_before
from meterhouse.metrics.registry import metric_meta
from meterhouse.reports.explain_case import Case, Section

# What a metric's group keys are compared by: the text of S-15 (macros/metrics/property_text.sql).
TEXT = """
    coalesce(
        json_extract_string(property_texts, $key),
        case
            when json_type(properties, $key) = 'DOUBLE'
                then regexp_replace(json_extract_string(properties, $key), '\\.0$', '')
            else json_extract_string(properties, $key)
        end
    )
"""

# The events of the customer's ids that counted at a log version, with what was taken back since.
# `$holds` is filled in: whether an alias is the customer's on the event's day (S-9).
EVENTS = """
        select events.*, if(retracted_in <= $log_version, retracted_in, null) as taken_back_in
        from events.landed_events as events
        left join events.retracted_events as retracted using (event_seq)
        where if(retracted_in is null, events.repeat_kind, retracted.repeat_kind) is null
            and events.log_version <= $log_version
            and (
                events.customer_id = $customer
                or exists (
                    select 1 from book_customer_aliases as aliases
                    where aliases.alias = events.customer_id and aliases.customer_id = $customer
                        and $holds
                )
            )
"""


def event_section(case: Case, period: date, end: date, limit: int) -> list[Section]:
    """The metric, and the events of the group that it read: at most `limit`, and how many in all.

    A metric that adds up is explained by the events of the line's own days; any other by those from
    the period's start on, which its running value is made of (S-11). `end` is the day before which
    they count: after the line's own where later days took back what it had added (S-12). Of a late
    line, those that landed or were taken back (S-51) after the invoice that it corrects come first.
    """
    line = case.line
    metric = case.rows(
        "select event_type, rollup, checksum from calendar.billable_metrics "
        "where metric = ? and metric_version = ? order by event_type",
        line["metric"],
        line["metric_version"],
    )
    if not metric:
        return [
            Section("Metric", {"no longer billed": f"{line['metric']} {line['metric_version']}"})
        ]
    types = [row["event_type"] for row in metric]
    adds_up = metric[0]["rollup"] == "sum"
    start = line["service_start"] if adds_up else period
    settled = _log_version_of(case, line["corrects_invoice_id"])
    _select_events(case, types, start, end, settled)
    total, late, taken_back = one_row(
        case.con,
        "select count(*), count(*) filter (log_version > ?), count(taken_back_in) from explained",
        [settled],
    )
    meta = metric_meta(line["metric"], line["metric_version"])
    # As metric_checksum.sql takes it.
    digest_of = "MD5 of its SQL and YAML" if "aggregation" in meta else "SHA-256 of its SQL"
    events = case.section(
        f"Events: {min(total, limit)} of {total}",
        "select transaction_id, timestamp at time zone 'UTC' as timestamp_utc, customer_id, "
        f"event_type, properties, log_version{', taken_back_in' if taken_back else ''} "
        "from explained order by taken_back_in is null and log_version <= ?, event_seq limit ?",
        settled if line["corrects_invoice_id"] else -1,
        limit,
        **{
            "metric": f"{line['metric']} v{line['metric_version']} "
            f"(dbt_project/models/metrics/{line['metric']}/)",
            digest_of: metric[0]["checksum"],
            "event types": ", ".join(types),
            "from": start,
            "to before": end,
            "landed after the corrected invoice": late if line["corrects_invoice_id"] else None,
            "taken back after the corrected invoice": taken_back or None,
        },
    )
    return [*_carried_section(case, meta, types, period, limit), events]


def json_pointer(key: str) -> str:
    """Where a property stands in an event's JSON (macros/metrics/property_path.sql)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _log_version_of(case: Case, invoice_id: str | None) -> int:
    found = case.rows("select log_version from ledger.invoices where invoice_id = ?", invoice_id)
    return found[0]["log_version"] if found else -1


def _select_events(case: Case, types: list[str], start: date, end: date, settled: int) -> None:
    """Temporary table `explained`: the events of the customer's ids, days and pricing group.

    As of the invoice's log version. Those that counted at version `settled` and were taken back
    after it, which a late line gives back, are there with the version of the retraction (S-51).
    """
    conditions, parameters = _of_group(case)
    query = f"""
        create or replace temp table explained as
        {_events_of_customer()}
            and (
                taken_back_in is null
                or (events.log_version <= $settled and retracted_in > $settled)
            )
            and events.event_date >= $start and events.event_date < $end
            and list_contains($types, events.event_type)
    """
    common = {
        "log_version": case.log_version,
        "settled": settled,
        "start": start,
        "end": end,
        "types": types,
        "customer": case.header["customer_id"],
    }
    case.con.execute(query + conditions, {**common, **parameters})
    if conditions and not case.rows("select 1 from explained limit 1"):
        # A metric may make its groups from something else than a property of that name.
        case.con.execute(query, common)


def _events_of_customer() -> str:
    return EVENTS.replace("$holds", macro_sql("holds_on('aliases', 'events.event_date')"))


def _of_group(case: Case) -> tuple[str, dict[str, object]]:
    """Conditions on events of the line's pricing group, and their parameters."""
    conditions = ""
    parameters: dict[str, object] = {}
    for number, (key, value) in enumerate(json.loads(case.line["pricing_group"] or "{}").items()):
        parameters[f"key{number}"] = json_pointer(key)
        parameters[f"value{number}"] = value
        text = TEXT.replace("$key", f"$key{number}")
        conditions += f" and ({text}) is not distinct from $value{number}"
    return conditions, parameters


def _carried_section(
    case: Case, meta: dict[str, Any], types: list[str], period: date, limit: int
) -> list[Section]:
    """What the period began with (S-56), the latest first; nothing for a metric without `carry`."""
    of_contracts = """
            and taken_back_in is null
            and exists (
                select 1 from book_contracts as contracts
                where contracts.customer_id = $customer
                    and events.event_date >= contracts.starting_on
                    and events.event_date < coalesce(contracts.ending_before, events.event_date + 1)
            )
    """
    latest = latest_before(meta, f"({_events_of_customer()}{of_contracts})", "$types", "$period")
    if latest is None:
        return []
    common = {
        "log_version": case.log_version,
        "period": period,
        "types": types,
        "customer": case.header["customer_id"],
    }
    query = f"""
        create or replace temp table carried as
        select * from (select unnest(event) from ({latest})) where true
    """
    conditions, parameters = _of_group(case)
    case.con.execute(query + conditions, {**common, **parameters})
    if conditions and not case.rows("select 1 from carried limit 1"):
        case.con.execute(query, common)
    [total] = one_row(case.con, "select count(*) from carried")
    if not total:
        return []
    return [
        case.section(
            f"Carried over from before the period (S-56): {min(total, limit)} of {total}",
            "select transaction_id, timestamp at time zone 'UTC' as timestamp_utc, customer_id, "
            "event_type, properties, log_version from carried "
            "order by timestamp desc, event_seq desc limit ?",
            limit,
            **{
                "of each combination of": ", ".join(meta["carry"]["by"]) or "all events together",
                "having the number": meta["carry"].get("having"),
                "latest before": period,
                "note": "the event has its own timestamp; in this period it counts from the start",
            },
        )
    ]
