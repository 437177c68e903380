"""What gave a metric nothing, in sentences: nothing is metered as nothing in silence (S-53)."""

import duckdb

from raw_events.common.text import counted

# Of open periods, where it can still be mended. An event that lacks several properties is one
# event, so of each day those of the property that lacks most.
QUERY = """
    with days as (
        select metric, metric_version, reason, contract_id, window_start,
            max(events) as events, list(property) as properties
        from usage.bad_quantity_days as days
        where exists (
            from calendar.billing_periods as periods
            where not periods.is_final
                and periods.contract_id = days.contract_id
                and days.window_start >= periods.period_start
                and days.window_start < periods.period_end
        )
        group by all
    ),
    versions as (
        select metric, metric_version, reason, sum(events)::bigint as events,
            list_sort(list_distinct(flatten(list(properties)))) as properties
        from days group by all
    )
    select metric, reason, max(events),
        arg_max(properties, (events, metric_version)),
        (
            select list_sort(list(distinct event_type)) from calendar.billable_metrics as metrics
            where metrics.metric = versions.metric
        )
    from versions group by metric, reason order by metric, reason
"""


def events_without_number(con: duckdb.DuckDBPyConnection) -> list[str]:
    """A sentence per metric and reason: how many events of which type gave it no number."""
    sentences = []
    for metric, reason, events, properties, types in con.execute(QUERY).fetchall():
        named = [f"`{name}`" for name in properties]
        what = (
            f"gave {metric} nothing: no {', no '.join(named)}"
            if reason == "missing"
            else f"gave {metric} what is no number: {', '.join(named)}"
        )
        of = f"{counted(events, 'event')} of {', '.join(types)}"
        sentences.append(f"{of} {what} (mart bad_quantities)")
    return sentences
