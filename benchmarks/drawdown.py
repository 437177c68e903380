"""Drawdown of many contracts at once: `python -m benchmarks.drawdown` (about 2 minutes).

Each contract has three commits (a credit for one product, a prepaid one at its own rate, a postpaid
one) and ten lines in two open periods. Prints the seconds of the models of commits for 10,000 and
100,000 contracts, its processor seconds and the peak of the process's memory (DuckDB and dbt run in
it), and the growth between them; linear is 10.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.commit_warehouse import create_warehouse, insert, run_commits

SIZES = (10_000, 100_000)
PASSES = (
    "drawdown_candidates",
    "eligible_balances",
    "custom_unit_drawdowns",
    "currency_drawdowns",
    "drawdowns",
)
MEMORY = "peak memory, GiB"


def fill(con: duckdb.DuckDBPyConnection, contracts: int) -> None:
    """Ten lines and three commits for each contract, amounts by hash, so always the same."""
    each = f"range({contracts}) as contracts(n)"
    periods = (
        "(values (date '2026-01-01', date '2026-02-01'), (date '2026-02-01', date '2026-03-01'))"
    )
    insert(
        con,
        "price_book.rate_cards",
        "select 'card' as rate_card_id, 'Card' as name, 'USD' as currency",
    )
    insert(
        con,
        "price_book.pricing_units",
        "select 'USD' as pricing_unit, 'Dollar' as name, 2 as decimals, 'currency' as kind",
    )
    insert(
        con,
        "price_book.products",
        "select 'p' || i as product_id, 'P' || i as name, 'usage' as type, []::varchar[] as tags"
        " from range(6) as products(i)",
    )
    insert(
        con,
        "price_book.contracts",
        "select 'c' || n as contract_id, 'c' || n as customer_id, 'card' as rate_card_id,"
        f" date '2026-01-01' as starting_on from {each}",
    )
    insert(
        con,
        "price_book.commits",
        "select 'k' || n || '-' || i as commit_id, 'c' || n as contract_id, 'p5' as product_id,"
        " 'Commit' as name, ['credit', 'prepaid', 'postpaid'][i + 1] as type, 100 as priority,"
        " 'USD' as pricing_unit, ['list', 'commit', 'list'][i + 1] as rate_type"
        f" from {each}, range(3) as commits(i)",
    )
    insert(
        con,
        "price_book.commit_access",
        "select 'k' || n || '-' || i as commit_id, 1 as segment,"
        " (hash(n, i) % 20000)::decimal(20, 4) / 100 as amount,"
        " date '2026-01-01' as starting_on, date '2027-01-01' as ending_before"
        f" from {each}, range(3) as commits(i)",
    )
    insert(
        con,
        "price_book.commit_applies_to",
        "select 'k' || n || '-0' as commit_id, 'p' || n % 5 as product_id, '{}' as pricing_group"
        f" from {each}",
    )
    for table in ("calendar.open_periods", "calendar.billing_periods"):
        insert(
            con,
            table,
            "select 'c' || n as contract_id, period_start, period_end"
            f" from {each}, {periods} as periods(period_start, period_end)",
        )
    insert(
        con,
        "rating.commit_eligible_lines",
        "select 'c' || n as contract_id, period_start, 'usage' as line_type,"
        " 'p' || i as product_id, 'P' || i as product_name, '{}' as pricing_group,"
        " period_start as service_start, period_end as service_end,"
        " (hash(n, i, period_start) % 5000)::decimal(28, 10) as quantity,"
        " 0.01::decimal(20, 10) as unit_price, unit_price as list_unit_price,"
        " round(quantity * 0.01, 2)::decimal(20, 4) as amount, amount as list_amount,"
        " 'USD' as pricing_unit, 2 as decimals,"
        " case when i = 1 then 0.008::decimal(20, 10) end as commit_price,"
        " row_number() over (partition by n order by period_start, i)::integer as line_rank"
        f" from {each}, {periods} as periods(period_start, period_end), range(5) as lines(i)",
    )


def measure(contracts: int) -> dict[str, float]:
    """Seconds by model and in all for so many contracts, in a warehouse that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="drawdown-") as folder:
        con = create_warehouse(Path(folder))
        fill(con, contracts)
        con.close()
        started, used_before = time.monotonic(), time.process_time()
        seconds = run_commits(Path(folder))
        return seconds | {
            "all models": sum(seconds.values()),
            "with dbt": time.monotonic() - started,
            "processor": time.process_time() - used_before,
            MEMORY: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        }


def main() -> None:
    """Measure both sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of contracts")
    sizes = parser.parse_args().sizes
    figures = [measure(size) for size in sorted(sizes)]
    print(f"{'seconds':<24}" + "".join(f"{size:>12,}" for size in sorted(sizes)) + f"{'growth':>9}")
    for row in (*PASSES, "all models", "with dbt", "processor", MEMORY):
        found = [figure[row] for figure in figures]
        print(
            f"{row:<24}"
            + "".join(f"{one:>12.2f}" for one in found)
            + f"{found[-1] / found[0]:>8.1f}×"
        )


if __name__ == "__main__":
    main()
