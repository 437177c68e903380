"""`meterhouse forecast`: for a terminal. Estimates; the invoices are `meterhouse invoice`."""

from pathlib import Path
from typing import Any

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table

from meterhouse.forecast.forecast import Forecast
from meterhouse.reports.invoice_data import currency_decimals
from meterhouse.reports.text import instant, money
from meterhouse.warehouse.forecast_log import forecast_log
from raw_events.common.text import shown

_NEWEST = """
    select *
    from {source}
    where record = 'forecast' and ($customer is null or customer_id = $customer)
        and as_of = (select max(as_of) from {source} where record = 'forecast')
"""
_SPEND = f"select * from ({_NEWEST}) where kind = 'spend' order by amount_middle desc, contract_id"
_COMMITS = (
    f"select * from ({_NEWEST}) where kind = 'commit' and exceeds <> 'no'"
    " order by exceeds_on, commit_id, segment"
)
_SUMS = f"""
    select pricing_unit, count(*) as periods, sum(amount_so_far) as so_far,
        sum(amount_middle) as middle
    from ({_NEWEST}) where kind = 'spend' group by all order by all
"""
# Days of the period together, so that a row has enough of them.
_BACKTEST = """
    select kind, pricing_unit, tenth,
        count(*) as forecasts,
        sum(abs(actual_amount - amount_middle)) * 100 / nullif(sum(actual_amount), 0) as error,
        sum(abs(actual_amount - run_rate)) * 100 / nullif(sum(actual_amount), 0) as run_rate_error,
        count(*) filter (actual_amount between amount_low and amount_high) * 100 / count(*)
            as inside,
    from {source} where record = 'outcome' and kind <> 'product'
    group by all order by all
"""


def print_forecast(
    home: Path,
    done: Forecast,
    customer: str | None = None,
    limit: int = 20,
    console: Console | None = None,
) -> None:
    """What was expected last, as of the run that it goes on from."""
    console = console or Console(highlight=False)
    if done.records.num_rows:
        console.print(
            f"Forecast as of {instant(done.as_of)}: {done.records.num_rows:,} records, and what "
            f"{done.outcomes:,} earlier ones came to. The next run publishes them."
        )
    else:
        console.print(f"That was forecast already: the last run is as of {instant(done.as_of)}.")
    decimals = currency_decimals(home)
    invoices = _rows(home, _SPEND, customer)
    console.print(_invoices(invoices[:limit], decimals))
    if len(invoices) > limit:
        console.print(f"… {len(invoices) - limit:,} more; see them with --limit {len(invoices)}")
    for row in _rows(home, _SUMS, customer):
        console.print(
            f"All {row['periods']:,} open periods in {row['pricing_unit']}: "
            f"{_money(row, 'so_far', decimals)} so far, {_money(row, 'middle', decimals)} expected."
        )
    for row in _rows(home, _COMMITS, customer):
        console.print(
            f"{shown(row['commit_id'])}, segment {row['segment']}, of {shown(row['contract_id'])}: "
            f"used up before it ends: {row['exceeds']}, on {row['exceeds_on']}"
        )
    console.print("Estimates, and no invoices. How wrong they were: meterhouse forecast --backtest")


def print_backtest(home: Path, console: Console | None = None) -> None:
    """How wrong forecasts were that have become final since, by tenth of their periods."""
    console = console or Console(highlight=False)
    rows = _rows(home, _BACKTEST, None)
    if not rows:
        console.print(
            "Nothing that was forecast is final yet: meterhouse forecast, once a day, and from the"
            " end of the periods on there is something to compare."
        )
        return
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("of", "unit", "tenth of period", "forecasts", "error", "run-rate", "inside"):
        table.add_column(name, justify="left" if name in ("of", "unit") else "right")
    for row in rows:
        table.add_row(
            row["kind"],
            row["pricing_unit"],
            str(row["tenth"] + 1),
            f"{row['forecasts']:,}",
            *(_percent(row[name]) for name in ("error", "run_rate_error", "inside")),
        )
    console.print(table)


def _invoices(rows: list[dict[str, Any]], decimals: dict[str, int]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("contract", "period", "so far", "low", "expected", "high", ""):
        table.add_column(name, justify="left" if name in ("contract", "period") else "right")
    for row in rows:
        amounts = ("amount_so_far", "amount_low", "amount_middle", "amount_high")
        table.add_row(
            shown(row["contract_id"]),
            f"{row['period_start']} to {row['period_end']}",
            *(_money(row, name, decimals) for name in amounts),
            row["pricing_unit"],
        )
    return table


def _rows(home: Path, query: str, customer: str | None) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        asked = {"customer": customer} if "$customer" in query else {}
        cursor = con.execute(query.format(source=forecast_log(home).source()), asked)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _money(row: dict[str, Any], name: str, decimals: dict[str, int]) -> str:
    return money(row[name], decimals.get(row["pricing_unit"], 2))


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} %"
