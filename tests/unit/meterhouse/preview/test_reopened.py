"""Which final invoices a preview looks at again (S-58).

Guards against a purchase of a threshold that vanishes from a preview: no price book has it.
"""

from datetime import date

import duckdb
import pytest

from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.preview.reopen import REOPENED


@pytest.mark.parametrize(
    ("with_scheduled", "expected"), [(True, ["charge", "usage"]), (False, ["usage"])]
)
def test_what_a_threshold_bought_stays_bought(with_scheduled, expected):
    con = duckdb.connect()
    con.execute("create schema ledger; create schema preview; create schema price_book")
    con.execute("create table price_book.commits (commit_id varchar, payment_gated boolean)")
    for table in ("invoices", "invoice_lines", "automatic_commits"):
        con.execute(f"create table ledger.{table} ({column_definitions(WAREHOUSE_TABLES[table])})")
    con.execute("create table preview.contracts as select 'c' as contract_id")
    for invoice, kind in (("charge", "scheduled"), ("bought", "scheduled"), ("usage", "usage")):
        con.execute(
            "insert into ledger.invoices (invoice_id, invoice_type, contract_id, status, issue_on)"
            f" values ('{invoice}', '{kind}', 'c', 'finalized', '2026-02-01')"
        )
    con.execute("insert into ledger.automatic_commits (invoice_id) values ('bought')")
    con.execute(REOPENED, {"since": date(2026, 1, 1), "with_scheduled": with_scheduled})
    found = con.execute("from preview.reopened order by all").fetchall()
    assert [invoice for (invoice,) in found] == expected
