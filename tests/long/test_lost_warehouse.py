"""A warehouse that is lost gets back what it had measured of periods that are final (S-11).

Guards against days of a final period that are measured by today's price book, or not at all, and
against such a period being rated a second time.
"""

from datetime import UTC, datetime

import duckdb

from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.price_book import load_price_book
from meterhouse.price_book.freeze import FrozenBook
from meterhouse.warehouse.price_book_tables import load_price_books
from meterhouse.warehouse.stored_values import note_unmeasured
from tests.long.windows_company import SEEDS, Company, call, tokens


def test_a_lost_warehouse_gets_the_days_of_final_periods_again(company: Company):
    """As they were billed: by the metrics of the price book that made the period final."""
    company.land(call("acme", 3), call("acme", 5), call("beta", 3), tokens("acme", 4))
    march = datetime(2026, 3, 10, tzinfo=UTC)
    days = (
        "from usage.metric_values where window_end = window_start + 1 and quantity > 0 "
        "and month(window_start) = 1 order by all"
    )
    company.run()
    january = company.rows(days)
    book = load_price_book(company.seeds, metric_group_keys(), lookup_columns()).digest
    # January becomes final; then the price book points at another metric.
    with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(
            "create or replace temp table finals as select contract_id || '.usage.2026-01-01' as "
            "invoice_id, 'usage' as invoice_type, 'finalized' as status, customer_id, contract_id, "
            "date '2026-01-01' as period_start, date '2026-02-01' as period_end, "
            "1 as log_version, row_number() over (order by contract_id) as sequence, "
            f"'{book}' as price_book from price_book.contracts"
        )
        finals = con.sql("from finals").to_arrow_table()
    company.seed(
        "product_metrics",
        SEEDS["product_metrics"].replace("calls,api_calls", "calls,api_errors_ratio"),
    )

    def run() -> None:
        frozen = company.prepare(march)
        with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
            con.register("finals", finals)
            con.execute("insert into ledger.invoices by name from finals")
            books = [frozen, FrozenBook(book, company.home / "price_books" / book)]
            load_price_books(con, books)
            note_unmeasured(con)
        company.build()

    (company.home / "warehouse.duckdb").unlink()
    run()
    assert company.rows(days) == january
    [(rated,)] = company.rows(
        "select count(*) from calendar.rated_periods where month(period_start) = 1"
    )
    assert rated == 0, "nothing of January is rated again"
