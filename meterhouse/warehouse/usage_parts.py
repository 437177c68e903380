"""The parts of the mart usage_daily: an hour sorts and writes its days, not the year.

The days of this month and the one before are a part each, earlier months one. What a part is made
of are the fingerprints of its windows and the customers of its contracts.
"""

import duckdb

from meterhouse.warehouse.database import table_exists

MART = "usage_daily"
# A part with a day that this run computed something of is written in any case.
WANTED = """
    with windows as (
        select
            computed.window_start as usage_date,
            hash(
                computed.metric, computed.metric_version, computed.contract_id,
                computed.window_start, computed.fingerprint, contracts.customer_id
            ) as row_hash,
            due.window_start is not null as is_due,
            computed.window_start >= date_trunc('month', run.as_of::date) - interval 1 month
                as is_recent,
            if(is_recent, usage_date, date_trunc('month', usage_date))::date as first_day
        from usage.computed_windows as computed
        inner join (select distinct metric, metric_version from calendar.billable_metrics)
            using (metric, metric_version)
        cross join inputs.run as run
        inner join price_book.contracts as contracts
            on run.price_book = contracts.price_book
            and computed.contract_id = contracts.contract_id
        left join (
            select distinct window_start
            from calendar.due_windows
            where window_end = window_start + 1
        ) as due using (window_start)
        where computed.window_end = computed.window_start + 1
    )
    select
        first_day,
        (first_day + if(is_recent, interval 1 day, interval 1 month))::date as end_day,
        concat_ws(' ', sum(row_hash), count(*)) as made_of,
        bool_or(is_due) as is_due,
        is_recent
    from windows
    group by first_day, is_recent
    order by first_day
"""


def wanted_parts(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, bool]]:
    """Name, condition, what it is made of, whether this run computed some of it; in order.

    Empty if the warehouse does not know what the mart's days are made of, or has no day.
    """
    tables = (("usage", "computed_windows"), ("calendar", "due_windows"))
    if not all(table_exists(con, *table) for table in tables):
        return []
    return [
        (
            f"{first:%Y-%m-%d}" if is_recent else f"{first:%Y-%m}",
            f"usage_date >= date '{first}' and usage_date < date '{end}'",
            made_of,
            is_due,
        )
        for first, end, made_of, is_due, is_recent in con.execute(WANTED).fetchall()
    ]
