"""One hand-written DuckDB script, without any of the pipeline's guarantees: the limit."""

import sys
from pathlib import Path

import duckdb

from benchmarks.contestants.task import Task

RATES = """
    create table rates as
    select rate_id, product_id, pricing_group, price::decimal(18, 10) as price
    from read_csv('{book}/rates.csv', all_varchar = true, header = true);
    create table tiers as
    select
        rate_id, tier::integer as tier, price::decimal(18, 10) as price,
        up_to::decimal(18, 3) as up_to,
        coalesce(lag(up_to::decimal(18, 3)) over (partition by rate_id order by tier::integer), 0)
            as above,
    from read_csv('{book}/rate_tiers.csv', all_varchar = true, header = true);
"""


def main(task: Task) -> None:
    """Read, deduplicate, aggregate, price, write."""
    texts = RATES + Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with duckdb.connect() as con:
        con.execute("set enable_progress_bar = false")
        con.execute("set TimeZone = 'UTC'")
        con.execute("set preserve_insertion_order = false")
        con.execute(task.filled(texts))
        con.execute(f"copy lines to '{task.output}' (format csv, header)")


if __name__ == "__main__":
    main(Task.of(sys.argv[1:]))
