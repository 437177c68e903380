"""One metric for one customer: its running value by day, and what each event gives by itself.

Only the metric's own model runs, in a scratch warehouse that has this customer's events alone, with
windows of its own: to the end of each day (S-11), and one for each event that is shown.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.model_sql import macro_sql
from meterhouse.dbt.project import parsed_project
from meterhouse.ledger.sql import one_row
from meterhouse.metrics.carry import latest_before
from meterhouse.metrics.declaration import BY_VALUE
from meterhouse.metrics.model_columns import empty_table
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.preview.drafts import build_in
from meterhouse.preview.errors import NothingToPreview
from meterhouse.preview.price_books import check_metric, copy_lookups, declared_meta
from meterhouse.preview.question import Month
from meterhouse.preview.scratch import scratch_home, warehouse_at_rest
from meterhouse.preview.windows import CARRIED, EVENTS, OF_CUSTOMER, PERIODS, RESULTS, WINDOWS
from meterhouse.price_book import load_price_book
from meterhouse.warehouse.database import open_warehouse
from raw_events.common.sql import identifier, literal


@dataclass(frozen=True)
class RunningValues:
    """`days`: contract, period, day, group (JSON text) and the value to the day's end.

    `events` are the latest, `total` counts all: timestamp, event type, id, properties, and what the
    event gives alone on its day, None if nothing (`contracts`: of the customer in that month).
    `carried` are the events that the periods begin with (S-56), the latest `limit` of them.
    """

    metric: str
    version: int
    customer: str
    month: Month
    as_of: datetime
    contracts: list[str]
    days: list[dict[str, Any]]
    events: list[dict[str, Any]]
    total: int
    carried: list[dict[str, Any]] = field(default_factory=list)


def cumulative_usage(
    home: Path, metric: str, version: int | None, customer: str, month: Month, limit: int
) -> RunningValues:
    """Compute it; `version` None is the latest. Only reads `home`.

    Raises NothingToPreview for an unknown metric or customer, PreviewFailed if the model or its
    tests fail.
    """
    if version is None:
        versions = [number for name, number in metric_group_keys() if name == metric]
        version = max(versions, default=1)
    check_metric(metric, version)
    project = parsed_project()
    meta = declared_meta(project.manifest, metric, version)
    with scratch_home(home) as scratch:
        asked = {
            "metric": metric,
            "version": version,
            "customer": customer,
            "start": month.start,
            "end": month.end,
            "types": meta["event_types"],
            "rolls_up": meta.get("rollup") in BY_VALUE,
            "limit": limit,
        }
        with open_warehouse(scratch) as con:
            with warehouse_at_rest(home) as source:
                con.execute(f"attach {literal(source)} as source (read_only)")
                _copy_events(con, asked, meta)
                con.execute("detach source")
            _write_lookups(con, home, scratch)
        build_in(scratch, project, [f"{metric}.v{version}"])
        with open_warehouse(scratch) as con:
            keys = metric_group_keys()[metric, version]
            return RunningValues(
                metric, version, customer, month, *_results(con, meta, keys, asked)
            )


def _copy_events(
    con: duckdb.DuckDBPyConnection, asked: dict[str, Any], meta: dict[str, Any]
) -> None:
    for schema in ("inputs", "events", "calendar", "lookups", "preview"):
        con.execute(f"create schema {schema}")
    for table in ("due_windows", "due_window_days"):
        con.execute(empty_table("calendar", table))
    con.execute("create table inputs.run as from source.inputs.run")
    _run(con, PERIODS, asked)
    known = con.execute("select sent_id from preview.identities").fetchall()
    if not known:
        near = con.execute(
            "select customer_id from (select distinct customer_id from source.price_book.customers)"
            " order by jaro_winkler_similarity(customer_id, $1) desc, customer_id limit 5",
            [asked["customer"]],
        ).fetchall()
        raise NothingToPreview(
            f"There is no customer {asked['customer']} in the price book of the last run. "
            f"The nearest are: {', '.join(name for (name,) in near)}."
        )
    holds = macro_sql("holds_on('identities', 'event_date')")
    of_customer = OF_CUSTOMER.replace("$holds", holds)
    _run(con, EVENTS.replace("$of_customer", of_customer), asked)
    _run(con, WINDOWS, asked)
    latest = latest_before(meta, "preview.carriable", "$types", "periods.period_start")
    if latest is None:
        con.execute("create table preview.carried (timestamp timestamptz, event_seq bigint)")
    else:
        _run(con, CARRIED.replace("$of_customer", of_customer).replace("$latest", latest), asked)


def _write_lookups(con: duckdb.DuckDBPyConnection, home: Path, scratch: Path) -> None:
    [digest] = one_row(con, "select price_book from inputs.run")
    folder = scratch / "seeds"
    folder.mkdir()
    copy_lookups(home / "price_books" / digest, folder)
    book = load_price_book(folder, None, lookup_columns())
    for name in book.lookups:
        rows = book.arrow(name)
        con.register("lookup_rows", rows)
        con.execute(
            f"create table lookups.\"{name}\" as select '{digest}' as price_book, * "
            "from lookup_rows"
        )
        con.unregister("lookup_rows")


def _results(
    con: duckdb.DuckDBPyConnection,
    meta: dict[str, Any],
    keys: tuple[str, ...],
    asked: dict[str, Any],
) -> tuple[
    datetime, list[str], list[dict[str, Any]], list[dict[str, Any]], int, list[dict[str, Any]]
]:
    members = ", ".join(f"{literal(key)}, {identifier(key)}" for key in sorted(keys))
    table = f'metrics."{asked["metric"]}_v{asked["version"]}"'
    aggregate = f"{meta['rollup']}(quantity)" if asked["rolls_up"] else "max(quantity)"
    _run(
        con,
        RESULTS.replace("$group", f"json_object({members})::varchar")
        .replace("$table", table)
        .replace("$aggregate", aggregate),
        asked,
    )
    [as_of] = one_row(con, "select as_of from inputs.run")
    contracts = con.execute("select contract_id from preview.periods order by all").fetchall()
    [total] = one_row(con, "select count(*) from events.events where not is_alone")
    return (
        as_of,
        [contract for (contract,) in dict.fromkeys(contracts)],
        _rows(con, "preview.days order by contract_id, period_start, day, metric_group"),
        _rows(con, "preview.alone order by timestamp desc, event_seq desc"),
        total,
        _rows(
            con,
            f"preview.carried order by timestamp desc, event_seq desc limit {int(asked['limit'])}",
        ),
    )


def _rows(con: duckdb.DuckDBPyConnection, source: str) -> list[dict[str, Any]]:
    cursor = con.execute(f"from {source}")
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _run(con: duckdb.DuckDBPyConnection, statements: str, asked: dict[str, object]) -> None:
    """Each statement with those parameters that it names."""
    for statement in statements.split(";"):
        used = {name: value for name, value in asked.items() if f"${name}" in statement}
        con.execute(statement, used)
