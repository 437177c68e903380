"""A contract that would make very many billing periods at once asks to be confirmed (S-52).

A year typed as 2002 or a clock far ahead makes hundreds of final invoices that nobody can take
back; each of them is right by the price book.
"""

from collections.abc import Collection
from datetime import datetime

import duckdb

from meterhouse.common.periods import step_sql, steps_between_sql
from meterhouse.price_book.book import PriceBook
from meterhouse.price_book.checks.rule import MACROS
from meterhouse.price_book.errors import PriceBookError, Problem
from meterhouse.price_book.packages import blame_packages

# A hundred years of months; two contracts of 50 years beside each other are asked for neither.
MOST_PERIODS = 1200
OPTION = "--confirm-periods"
RULE = "too_many_periods"

_PERIODS = f"""
    with open as (
        select
            contracts.file_row, contracts.contract_id, contracts.starting_on,
            contracts.billing_frequency,
            greatest(contracts.starting_on, final_to.period_end) as opens_on,
            least(end_or_never(contracts.ending_before), $as_of::date) as closes_on,
            {step_sql("contracts.billing_frequency")} as step
        from contracts
        left join final_to on contracts.contract_id = final_to.contract_id
        where contracts.contract_id not in (select unnest($confirmed::varchar[]))
    )

    select
        file_row, contract_id, starting_on, billing_frequency, opens_on,
        {steps_between_sql("opens_on", "closes_on", "step")} as periods
    from open
    where opens_on < closes_on and periods > {MOST_PERIODS}
    order by file_row
"""


def check_periods_at_once(
    book: PriceBook,
    ledger: duckdb.DuckDBPyConnection,
    as_of: datetime,
    confirmed: Collection[str] = (),
) -> None:
    """Raises PriceBookError for a contract with more than MOST_PERIODS open periods at `as_of`.

    Contracts in `confirmed` are let through. `ledger` has the table `ledger.invoices`.
    """
    con = book.cursor()
    for statement in MACROS:
        con.execute(statement)
    final_to = ledger.sql(
        "select contract_id, max(period_end) as period_end from ledger.invoices"
        " where invoice_type = 'usage' and status <> 'void' group by all"
    ).to_arrow_table()
    con.register("final_to", final_to)
    found = con.execute(_PERIODS, {"as_of": as_of, "confirmed": list(confirmed)}).fetchall()
    con.unregister("final_to")
    problems = [
        Problem(
            book.files["contracts"],
            row,
            "starting_on",
            RULE,
            f"Contract '{contract}' starts on {start} and is billed {frequency}: about"
            f" {periods:,} periods from {opens} on would be made at once, final for ever (S-52).",
            f"Correct the year; if it is meant: meterhouse run {OPTION} {contract}.",
        )
        for row, contract, start, frequency, opens, periods in found
    ]
    if problems:
        raise PriceBookError(book.seeds, blame_packages(problems, book.files))
