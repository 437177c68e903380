"""What quantities are projected from, by hand: one contract `k`, March, on its eleventh day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb

from meterhouse.forecast.quantities import project, say_how_groups_go_on
from meterhouse.forecast.statements import run_all
from meterhouse.forecast.widths import choose_widths
from meterhouse.warehouse.forecast_log import SCHEMA
from raw_events.log.sql_types import column_list

FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (2, 3, 4))
# Noon of the 11th: ten and a half of 31 days have passed.
AS_OF = datetime(2026, 3, 11, 12, tzinfo=UTC)
TABLES = """
    create schema forecast; create schema calendar; create schema usage; create schema price_book;
    create table price_book.product_metrics (
        price_book varchar, metric varchar, version integer, starting_on date
    );
    create table forecast.moment as
    select $as_of::timestamptz as as_of, $as_of::timestamptz::date as today, 'b' as price_book,
        (epoch_us($as_of::timestamptz) - epoch_us($as_of::timestamptz::date::timestamptz))::bigint
            as passed_us;
    create table forecast.periods (
        contract_id varchar, period_start date, period_end date, starting_on date, tenth integer
    );
    create table forecast.used (
        contract_id varchar, period_start date, metric varchar, metric_version integer,
        measured_at date, metric_group varchar, quantity decimal(28, 10)
    );
    create table forecast.days (
        contract_id varchar, metric varchar, metric_version integer, metric_group varchar,
        usage_date date, quantity decimal(28, 10)
    );
    create table calendar.billable_metrics (
        metric varchar, metric_version integer, rollup varchar
    );
    create table calendar.billing_periods (
        contract_id varchar, period_start date, period_end date
    );
    create table calendar.evaluation_dates (
        contract_id varchar, period_start date, metric varchar, metric_version integer,
        measured_at date
    );
    create table usage.day_states (
        contract_id varchar, metric varchar, metric_version integer, metric_group varchar,
        unique_key varchar, window_start date
    )
"""


class World:
    """`con` has the tables; `log` is the log of forecasts as a table."""

    def __init__(self, starting_on: date = FEBRUARY) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        self.con.execute("set TimeZone = 'UTC'")
        for statement in TABLES.split(";"):
            asked = {"as_of": AS_OF} if "$as_of" in statement else {}
            self.con.execute(statement, asked)
        self.con.execute(f"create table log ({column_list(SCHEMA)})")
        self.put("forecast.periods", "k", MARCH, APRIL, starting_on, 3)
        for start, end in ((FEBRUARY, MARCH), (MARCH, APRIL)):
            self.put("calendar.billing_periods", "k", start, end)

    def put(self, table: str, *cells: Any) -> None:
        """A row."""
        marks = ", ".join("?" for _ in cells)
        self.con.execute(f"insert into {table} values ({marks})", list(cells))

    def metric(self, metric: str, rollup: str | None, so_far: Any, days: dict[int, Any],
               group: str = "{}", version: int = 1,
               since: date = date(2025, 1, 1)) -> None:  # fmt: skip
        """What was used of it so far, and on each day so many days before the 11th."""
        self.put("calendar.billable_metrics", metric, version, rollup)
        self.put("price_book.product_metrics", "b", metric, version, since)
        self.put("calendar.evaluation_dates", "k", MARCH, metric, version, APRIL)
        measured_at = AS_OF.date() + timedelta(1)
        self.put("forecast.used", "k", MARCH, metric, version, measured_at, group, Decimal(so_far))
        for ago, quantity in days.items():
            on = AS_OF.date() - timedelta(ago)
            self.put("forecast.days", "k", metric, version, group, on, Decimal(quantity))

    def outcome(self, error: Any, tenth: int = 3, method: str = "sum", ago: int = 40) -> None:
        """A forecast of 100 that was off by so much percent."""
        self.con.execute(
            "insert into log by name select 'outcome' as record, 'product' as kind, $1 as as_of, "
            "'c' as customer_id, 'k' as contract_id, date '2026-01-01' as period_start, "
            "date '2026-02-01' as period_end, 'USD' as pricing_unit, $2 as method, $3 as tenth, "
            "100 as quantity_middle, (100 + $4)::decimal(28, 10) as actual_quantity",
            [AS_OF - timedelta(ago), method, tenth, Decimal(error)],
        )

    def project(self) -> None:
        """All that follows from it."""
        say_how_groups_go_on(self.con)
        choose_widths(self.con, "log")
        project(self.con)

    def paths(self, metric: str = "calls", at: date = APRIL) -> list[tuple[Decimal, ...]]:
        """Low, middle and high at that moment, by group."""
        return self.con.execute(
            "select low, middle, high from forecast.paths where metric = $1 and measured_at = $2 "
            "order by metric_group",
            [metric, at],
        ).fetchall()

    def run(self, statements: str) -> None:
        """Statements, with semicolons between."""
        run_all(self.con, statements)
