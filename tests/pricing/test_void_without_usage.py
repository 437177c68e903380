"""A void month whose usage is gone while late lines of it stand on a final invoice (S-43, S-50).

Guards against a ledger that goes on saying that the late lines are what the month gave: the
reconciliation of every customer failed with it (S-48).
"""

from datetime import date
from decimal import Decimal

import pytest

from tests.pricing.cases import Case, Price, Rate, Usage
from tests.pricing.mini_warehouse import run_late, run_models
from tests.pricing.rows import METRIC, group_text, write_rows

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
GONE, LEFT = group_text(model="a"), group_text(model="b")


@pytest.mark.parametrize("late", [Decimal(20), Decimal(-30)])
@pytest.mark.parametrize("left", [Decimal(0), Decimal(7)])
def test_what_late_lines_billed_of_it_is_taken_back_with_the_replacement(late, left):
    """Whether another group of the month has usage, or none has any."""
    usage = (Usage(3, "b", "u1", left),) if left else ()
    rows = write_rows({"c": Case("USD", usage, (Rate(-400, None, Price("flat", Decimal(1))),))})
    invoice = {"contract_id": "c", "invoice_type": "usage"}
    rows["ledger.invoices"] += [
        {"sequence": 1, "invoice_id": "c.1", "period_start": JANUARY, "status": "void", **invoice},
        {"sequence": 2, "invoice_id": "c.2", "period_start": FEBRUARY, "status": "finalized",
         **invoice},
    ]  # fmt: skip
    recorded = {
        "contract_id": "c", "period_start": JANUARY, "product_id": "c", "pricing_group": GONE,
        "metric": METRIC, "metric_version": 1, "rate_id": "c-r0", "service_start": JANUARY,
        "service_end": FEBRUARY, "outcome": "billed",
    }  # fmt: skip
    rows["ledger.usage_slices"] += [
        {"invoice_id": "c.1", "raw_quantity": Decimal(100), "running_value": Decimal(100),
         "quantity": Decimal(100), **recorded},
        {"invoice_id": "c.2", "raw_quantity": late, "running_value": 100 + late,
         "quantity": late, **recorded},
    ]  # fmt: skip
    con = run_models(rows)
    run_late(con)
    found = con.execute("""
        select pricing_group, carried_on, running_value, raw_quantity, quantity, outcome
        from slice_records order by all
    """).fetchall()
    own = [(LEFT, JANUARY, left, left, left, "billed")] if left else []
    assert found == [(GONE, JANUARY, 0, -late, -late, "billed"), *own]
