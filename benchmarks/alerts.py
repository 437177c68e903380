"""Alerts of many customers at once: `python -m benchmarks.alerts` (minutes).

Each customer has a contract with a draft, a prepaid balance and usage in two groups; four alerts
watch all of them, and every hundredth has a row of its own. Prints the seconds (of the clock, and
of processors) of the models of alerts for a run in which a tenth fires and for the next one, in
which nothing does; then how long the answer to "may this customer go on?" takes.
"""

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from benchmarks.alert_warehouse import BOOK, MODELS, create_tables, note_told, run_model
from meterhouse.server.entitlements.caps import Caps, Known, entitlement

CUSTOMERS = 1_000_000
QUESTIONS = 200_000
AS_OF = datetime(2026, 2, 15, 6, tzinfo=UTC)
# Insert columns by name; amounts by hash, so always the same.
_FILL = {
    "inputs.run": f"select timestamptz '{AS_OF}' as as_of, '{BOOK}' as price_book",
    "price_book.contracts": (
        "select 'k' || n as contract_id, 'c' || n as customer_id, "
        f"'{BOOK}' as price_book, date '2026-01-01' as starting_on from {{customers}}"
    ),
    "price_book.alerts": f"""
        select '{BOOK}' as price_book, '{{{{}}}}' as pricing_group, * from (values
            ('spend', 'spend', null, null, 900, true),
            ('total', 'invoice_total', null, null, 450, false),
            ('usage', 'usage', null, 'calls', 1800, false),
            ('low', 'balance_percent', null, null, 10, false)
        ) as alerts(alert_id, kind, customer_id, metric, threshold, hard_cap)
        union all
        select '{BOOK}', '{{{{}}}}', 'spend', 'spend', 'c' || n, null, 500, true
        from {{customers}} where n % 100 = 0
    """,
    "open_periods": (
        "select 'k' || n as contract_id, 'c' || n as customer_id, "
        "date '2026-02-01' as period_start, date '2026-03-01' as period_end from {customers}"
    ),
    "draft_invoices": (
        "select 'usage' as invoice_type, 'k' || n as contract_id, 'c' || n as customer_id, "
        "'USD' as currency, "
        "date '2026-02-01' as period_start, date '2026-03-01' as period_end, "
        "(hash(n) % 1000)::decimal(20, 4) as subtotal, "
        "(hash(n) % 1000 // 2)::decimal(20, 4) as total from {customers}"
    ),
    "product_segments": (
        "select 'k' || n as contract_id, date '2026-02-01' as period_start, 'calls' as metric, "
        "1 as metric_version, date '2026-02-16' as measured_to from {customers}"
    ),
    "cumulative_usage": (
        "select 'k' || n as contract_id, date '2026-02-01' as period_start, 'calls' as metric, "
        "1 as metric_version, date '2026-02-16' as measured_at, "
        "'{{\"region\":\"' || region || '\"}}' as metric_group, "
        "(hash(n, region) % 1000)::decimal(28, 10) as quantity "
        "from {customers}, (values ('eu'), ('us')) as regions(region)"
    ),
    "commit_segments": (
        "select 'p' || n as commit_id, 1 as segment, 'k' || n as contract_id, 'prepaid' as type, "
        "'USD' as pricing_unit, date '2026-01-01' as starting_on, "
        "date '2027-01-01' as ending_before from {customers}"
    ),
    "commit_movements": (
        "select 'p' || n as commit_id, 1 as segment, entry_type, "
        "case entry_type when 'grant' then 1000 else -(hash(n) % 1000)::integer end as amount "
        "from {customers}, (values ('grant'), ('application')) as entries(entry_type)"
    ),
}


def fill(con: duckdb.DuckDBPyConnection, customers: int) -> None:
    """What a run would hand to alerts."""
    for table, query in _FILL.items():
        rows = query.format(customers=f"range({customers}) as customers(n)")
        con.execute(f"insert into {table} by name {rows}")


def measure(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, tuple[float, float]], int]:
    """Seconds of the clock and of processors of each model of one run, how many alerts it told."""
    seconds = {}
    for name, _ in MODELS:
        began, worked = time.perf_counter(), time.process_time()
        run_model(con, name)
        seconds[name] = time.perf_counter() - began, time.process_time() - worked
    [(told,)] = con.execute("select count(*) from new_alert_events").fetchall()
    note_told(con)
    return seconds, told


def ask(con: duckdb.DuckDBPyConnection) -> list[float]:
    """Seconds of each answer, sorted."""
    found = con.execute("select contract_id from price_book.contracts").fetchall()
    names = ["contract_id", "period_end", "period_start", "threshold", "value", "alert_id"]
    rows = con.execute(
        f"select {', '.join(names)} from alert_states where hard_cap and is_reached"
    ).fetchall()
    reached: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        reached.setdefault(str(cells.pop("contract_id")), []).append(cells)
    contracts = frozenset(contract for (contract,) in found)
    caps = Caps("1", AS_OF, BOOK, contracts, reached, {}, {}, frozenset())
    known, spent = Known(caps, AS_OF, AS_OF), []
    for number in range(QUESTIONS):
        began = time.perf_counter()
        entitlement(known, f"k{number * 7919 % len(contracts)}", AS_OF, timedelta(minutes=90))
        spent.append(time.perf_counter() - began)
    return sorted(spent)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    customers = parser.parse_args().customers
    with tempfile.TemporaryDirectory() as folder:
        con = duckdb.connect(str(Path(folder) / "warehouse.duckdb"), config={"threads": 2})
        create_tables(con)
        fill(con, customers)
        runs = [measure(con), measure(con)]
        spent = ask(con)
    print(f"| model, {customers:,} customers | a tenth fires, s | CPU s | nothing new, s | CPU s |")
    print("|---|---|---|---|---|")
    for name, _ in MODELS:
        cells = (f"{seconds:.2f}" for run, _ in runs for seconds in run[name])
        print(f"| `{name}` | " + " | ".join(cells) + " |")
    sums = (sum(each) for run, _ in runs for each in zip(*run.values(), strict=True))
    print("| all | " + " | ".join(f"{seconds:.2f}" for seconds in sums) + " |")
    print("Told: " + ", then ".join(f"{told:,}" for _, told in runs) + ".")
    middle, late = (spent[int(len(spent) * part)] * 1e6 for part in (0.5, 0.99))
    print(f"\nAn answer from memory: {middle:.1f} µs, of a hundred the slowest {late:.1f} µs.")
    print(f"Peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GiB.")


if __name__ == "__main__":
    main()
