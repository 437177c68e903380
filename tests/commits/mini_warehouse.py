"""A warehouse filled with a random book, all open or with one period final, and its results."""

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.commit_warehouse import BOOK, create_warehouse, insert, run_commits
from tests.commits.book import PERIODS, PRODUCTS, RATE, TAGS, UNITS

CONTRACTS = 300
TABLES = ("drawdown_lines", "repriced_lines", "conversion_lines", "postpaid_counts")
# The columns of a draft line that the ledger keeps.
_LINE = (
    "line_type, product_id, product_name, pricing_group, service_start, service_end, quantity,"
    " unit_price, amount, pricing_unit, rate_id, commit_id, segment, source_id"
)


def run_book(home: Path, book: dict[str, list[dict]]) -> None:
    """Run the models of commits over a book whose periods are all open."""
    con = create_warehouse(home)
    _fill(con, book, PERIODS)
    con.close()
    run_commits(home)


def run_book_with_final_period(
    home: Path,
    book: dict[str, list[dict]],
    final: tuple[date, date],
    drafts: Path,
    *,
    keeps_applications: bool = True,
    late: str | None = None,
    trued_up: bool = False,
) -> None:
    """The same with one period final, as the drafts of the warehouse in `drafts` have it.

    Without `keeps_applications` the ledger is one of an earlier release. `late` is the part of a
    line of the final period, in SQL over the line, that late lines on the other one add to it:
    '-1' takes all back. With `trued_up` the true-ups of all shortfalls are final as well.
    """
    con = create_warehouse(home)
    _fill(con, book, [period for period in PERIODS if period != final])
    con.execute(f"attach '{drafts / 'warehouse.duckdb'}' as drafts (read_only)")
    invoice = "contract_id || '.usage.' || period_start"
    of_period = f"from drafts.commits.usage_invoice_lines where period_start = '{final[0]}'"
    insert(
        con,
        "ledger.invoices",
        f"select distinct {invoice} as invoice_id, 'usage' as invoice_type, contract_id,"
        f" 'finalized' as status, 'USD' as currency, period_start, date '{final[1]}' as period_end,"
        f" date '{final[1]}' as issue_on, 1::bigint as sequence,"
        f" '{BOOK}' as price_book {of_period}",
    )
    insert(
        con,
        "ledger.invoice_lines",
        f"select {invoice} as invoice_id, line_order as line_number, {_LINE} {of_period}",
    )
    if keeps_applications:
        insert(
            con,
            "ledger.commit_applications",
            f"select {invoice} as invoice_id, line_number, commit_id, segment, amount"
            f" from drafts.commits.line_applications where period_start = '{final[0]}'",
        )
    if trued_up:
        _make_true_ups_final(con)
    if late:
        carrier = next(start for start, _ in PERIODS if start != final[0])
        insert(
            con,
            "rating.commit_eligible_lines",
            "select * exclude (share) replace ((quantity * share)::decimal(28, 10) as quantity)"
            " from ("
            f" select lines.* exclude (period_start, commit_id, segment, source_id, place, part,"
            f" line_rank, line_order, amount, line_type, corrects_invoice_id),"
            f" date '{carrier}' as period_start,"
            f" 'late_usage' as line_type, {invoice} as corrects_invoice_id, units.decimals,"
            f" ({late})::decimal(10, 2) as share, (line_order - 10000)::integer as line_rank,"
            " case units.decimals when 1 then round(amount * share, 1)"
            " else round(amount * share, 2) end::decimal(20, 4) as amount"
            " from drafts.commits.usage_invoice_lines as lines"
            " inner join price_book.pricing_units as units using (pricing_unit)"
            f" where place = 1 and period_start = '{final[0]}'"
            ") where amount <> 0",
        )
    con.execute("detach drafts")
    con.close()
    run_commits(home)


def _make_true_ups_final(con: duckdb.DuckDBPyConnection) -> None:
    short = "from drafts.commits.postpaid_counts where shortfall > 0"
    insert(
        con,
        "ledger.invoices",
        "select commit_id || '.true_up' as invoice_id, 'true_up' as invoice_type, contract_id,"
        f" 'finalized' as status, 'USD' as currency, '{BOOK}' as price_book,"
        f" 2::bigint as sequence, date '2026-02-15' as issue_on {short}",
    )
    insert(
        con,
        "ledger.invoice_lines",
        "select commit_id || '.true_up' as invoice_id, 1 as line_number, 'true_up' as line_type,"
        f" '{{}}' as pricing_group, shortfall as amount, 'USD' as pricing_unit, commit_id {short}",
    )
    insert(
        con,
        "ledger.counted_slices",
        "select commit_id || '.true_up' as invoice_id, commit_id, segment,"
        " slice_period as period_start, product_id, pricing_group, pricing_unit, service_start,"
        " converted_unit, sum(counted) as amount from drafts.commits.counted_lines"
        f" where commit_id in (select commit_id {short}) group by all",
    )


def query(home: Path, sql: str) -> list[tuple]:
    """Rows of a query over a mini warehouse."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def read_tables(home: Path) -> dict[str, list[tuple]]:
    """Rows of what the models of commits hand on, whole and the columns that tests compare."""
    return {table: query(home, f"from commits.{table}") for table in TABLES} | {
        "given": query(
            home,
            "select contract_id, period_start, commit_id, segment, sum(covered)"
            " from commits.drawdowns group by all"
            " union all"
            " select contract_id, period_start, commit_id, segment, sum(counted)"
            " from commits.counted_lines group by all",
        ),
        "parts": query(
            home,
            "select contract_id, line_rank, quantity, unit_price, amount"
            " from commits.repriced_lines",
        ),
        "conversions": query(
            home,
            "select contract_id, period_start, quantity, amount from commits.conversion_lines",
        ),
    }


def _fill(con: duckdb.DuckDBPyConnection, book: dict[str, list[dict]], open_periods: list) -> None:
    contracts = [{"contract_id": f"k{number:03}"} for number in range(CONTRACTS)]
    periods = [
        {**row, "period_start": start, "period_end": end}
        for row in contracts
        for start, end in PERIODS
    ]
    starts = {start for start, _ in open_periods}
    rows = {
        "price_book.rate_cards": [{"rate_card_id": "card", "currency": "USD"}],
        "price_book.pricing_units": [
            {
                "pricing_unit": unit,
                "decimals": decimals,
                "kind": "custom" if unit == "CR" else "currency",
            }
            for unit, decimals in UNITS.items()
        ],
        "price_book.pricing_unit_conversions": [
            {
                "rate_card_id": "card",
                "pricing_unit": "CR",
                "starting_on": date(2025, 1, 1),
                "price": RATE,
            }
        ],
        "price_book.products": [
            {"product_id": product, "name": product.upper(), "tags": TAGS.get(product, [])}
            for product in (*PRODUCTS, "fee")
        ],
        "price_book.contracts": [
            {**row, "rate_card_id": "card", "starting_on": date(2026, 1, 1)} for row in contracts
        ],
        "calendar.open_periods": [row for row in periods if row["period_start"] in starts],
        "calendar.billing_periods": periods,
        "rating.commit_eligible_lines": [
            row for row in book["lines"] if row["period_start"] in starts
        ],
    } | {f"price_book.{name}": rows for name, rows in book.items() if name != "lines"}
    for table, records in rows.items():
        con.register("records", pa.Table.from_pylist(records))
        insert(con, table, "from records")
