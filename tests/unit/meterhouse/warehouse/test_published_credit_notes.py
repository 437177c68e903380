"""What the marts say of credit notes (S-55).

Guards against a void whose credit note is of another day or amount, and against a month's books
that change after the month.
"""

import re
from decimal import Decimal
from pathlib import Path

from meterhouse.common.settings import PROJECT
from meterhouse.ledger.finalize import finalize
from meterhouse.warehouse.publish_voids import publish_voids
from tests.unit.meterhouse.ledger.ledger_cases import hand_over, in_memory, prepare
from tests.unit.meterhouse.warehouse.voided_invoices import JANUARY, MARCH, rows, run, void


def books(home: Path) -> list[tuple]:
    """(month, what is booked in it), by the query of docs/finance.md."""
    page = (PROJECT / "docs" / "finance.md").read_text("utf-8")
    (query,) = re.findall(r"```sql\n((?:(?!```).)*?as booked\n.*?)```", page, re.DOTALL)
    with in_memory() as con:
        rows = con.execute(query.replace("'marts/", f"'{home}/marts/")).fetchall()
    return [(month, total) for month, _, total in rows]


def test_the_credit_note_takes_back_the_invoice_on_the_day_of_the_void(home):
    void(home, "INV-000002")
    publish_voids(home)
    query = (
        "select credit_note_number, invoice_id, invoice_number, issue_on::varchar, currency, "
        "total, reason, voided_by from {credit_notes}"
    )
    assert rows(home, query) == [
        ("CN-000001", JANUARY.format(2), "INV-000002", "2025-03-10", "USD", Decimal("-1.27"),
         "wrong price", "kim")
    ]  # fmt: skip


def test_the_books_of_the_month_of_the_invoice_stay_as_they_were(home, con):
    """S-55: January is invoiced on 1 February; what is taken back and made anew is March's."""
    before = books(home)
    assert before == [("2025-02", Decimal("2.53"))]
    void(home)
    publish_voids(home)
    assert books(home) == [*before, ("2025-03", Decimal("-1.26"))]
    prepare(con, home, MARCH)
    hand_over(con, 1, first=3)
    con.execute(f"update given.due_invoices set invoice_id = '{JANUARY.format(1)}.r2'")
    finalize(con, home, MARCH)
    run(home, con)
    assert books(home) == [*before, ("2025-03", Decimal(0))]
