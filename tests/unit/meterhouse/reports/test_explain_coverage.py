"""`meterhouse explain` of what a balance pays and gets back, of two invoices (S-38, S-41).

Guards against an explanation that fails for every line of coverage.
"""

import duckdb
import pytest

from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.reports.explain_case import Case, Section
from meterhouse.reports.explain_commits import coverage, purchase

# (invoice, line, type, amount); January pays 40 of 80, February gets 35 back and pays 5.
LINES = [
    ("jan", 1, "usage", 80), ("jan", 2, "commit_applied", -40),
    ("feb", 1, "late_usage", -80), ("feb", 2, "usage", 5), ("feb", 3, "commit_applied", 35),
]  # fmt: skip
PAID = [("jan", 1, 40), ("feb", 1, -40), ("feb", 2, 5)]


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema ledger")
    for table in ("invoices", "invoice_lines", "commit_applications"):
        con.execute(f"create table ledger.{table} ({column_definitions(WAREHOUSE_TABLES[table])})")
    con.execute("""
        create table book_commits as
        select 'k' as commit_id, 'c' as contract_id, null::boolean as payment_gated;
        create table book_commit_access as
        select 'k' as commit_id, 1 as segment, 50::decimal(20, 4) as amount;
        insert into ledger.invoices by name
        select unnest(['jan', 'feb']) as invoice_id, unnest([1, 2]) as sequence,
            'finalized' as status
    """)
    for invoice, number, kind, amount in LINES:
        con.execute(
            "insert into ledger.invoice_lines by name"
            " select $1 as invoice_id, $2 as line_number, $3 as line_type, $4 as amount,"
            " 'USD' as pricing_unit, if($3 = 'commit_applied', 'k', null) as commit_id,"
            " if($3 = 'commit_applied', 1, null) as segment",
            [invoice, number, kind, amount],
        )
    for invoice, number, amount in PAID:
        con.execute(
            "insert into ledger.commit_applications by name"
            " select $1 as invoice_id, $2 as line_number, 'k' as commit_id, 1 as segment,"
            " $3 as amount",
            [invoice, number, amount],
        )
    return con


def column(section: Section, name: str) -> list:
    return [row[list(section.columns).index(name)] for row in section.rows]


@pytest.mark.parametrize(
    ("invoice", "number", "charged", "paid"),
    [("jan", 2, [80], [40]), ("feb", 3, [-80, 5], [-40, 5])],
)
def test_it_shows_the_balance_and_what_was_paid_of_each_line(con, invoice, number, charged, paid):
    """A line of coverage is what its segment paid of the invoice's lines, the other way round."""
    lines, applied = (
        f"(select * from ledger.{table} where invoice_id = '{invoice}')"
        for table in ("invoice_lines", "commit_applications")
    )
    (line,) = con.sql(f"from {lines} where line_number = {number}").to_arrow_table().to_pylist()
    header = {"invoice_id": invoice, "status": "finalized", "contract_id": "c"}
    commit, ledger, covered = coverage(Case(con, header, line, 1, "book", "", lines, applied))
    assert column(commit, "commit_id") == ["k"]
    assert column(ledger, "invoice_id") == ["jan", "feb"]
    assert column(ledger, "balance_after") == [10, 45]
    assert column(covered, "amount") == charged
    assert column(covered, "paid_by_segment") == paid
    assert -sum(paid) == line["amount"]


@pytest.mark.parametrize(
    ("payment", "invoice", "serves_from", "said"),
    [
        ("waiting for payment", None, None, "nothing until its purchase of 2026-01-01 is paid"),
        ("waiting for payment", "jan", None, "gives nothing until invoice INV-000001 is paid"),
        ("payment taken back", "jan", "2026-01-20",
         "gives nothing more until invoice INV-000001 is paid"),
        ("paid", "jan", "2026-01-20", "gives balance from 2026-01-20 on"),
        ("paid", "jan", None, "was paid after its last day, 2026-12-31"),
    ],
)  # fmt: skip
def test_it_says_what_a_commit_waits_for(payment, invoice, serves_from, said):
    """S-73."""
    con = duckdb.connect()
    con.execute("""
        create schema ledger; create schema commits;
        create table book_commits as
        select 'k' as commit_id, 'c' as contract_id, true as payment_gated;
        create table book_commit_access as select 'k' as commit_id, 1 as segment;
        create table book_commit_invoices as
        select 'k' as commit_id, date '2026-01-01' as invoice_on;
        create table ledger.automatic_commits (commit_id varchar, threshold_id varchar,
            kind varchar, threshold_amount int, found_amount int, amount int);
        create table ledger.invoices as
        select 'jan' as invoice_id, 'INV-000001' as invoice_number
    """)
    con.execute(
        "create table commits.gate_states as select 'k' as commit_id, 1 as segment,"
        " $1 as payment, $2::varchar as purchase_invoice_id, date '2026-01-01' as purchase_on,"
        " $3::date as serves_from, null::date as paid_on, date '2027-01-01' as ending_before",
        [payment, invoice, serves_from],
    )
    case = Case(con, {}, {"commit_id": "k"}, 1, "book", "", "", "")
    assert [said in text for text in column(purchase(case)[-1], "says")] == [True]
