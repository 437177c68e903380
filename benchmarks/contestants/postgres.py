"""A real PostgreSQL server with a user's indexes and set-based SQL.

The cluster lies beside OUTPUT (`postgres/`) and is made before; the server starts and stops in the
measured process, because the CPU and the memory are the server's.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.contestants.postgres_server import running
from benchmarks.contestants.task import Task


def copy_commands(task: Task) -> str:
    """A COPY for each file of events; quote and delimiter never occur, so a line is one value."""
    options = r"format csv, quote e'\x01', delimiter e'\x02'"
    return "".join(
        f"copy sent (event) from '{path.resolve()}' ({options});\n"
        for path in sorted(task.events.glob("*.ndjson"))
    )


def price_commands(task: Task) -> str:
    """The price book as INSERT statements: a few rows, and a row for each contract."""
    contracts = pq.read_table(
        task.book / "contracts.parquet", columns=["contract_id", "customer_id"]
    )
    rates = []
    for rate in _rows(task.book / "rates.csv"):
        group = json.loads(rate.get("pricing_group") or "{}")
        rates.append(
            (rate["rate_id"], rate["product_id"], next(iter(group.values()), ""), rate["price"])
        )
    tiers: list[tuple[str, ...]] = []
    above: dict[str, str] = {}
    for tier in _rows(task.book / "rate_tiers.csv"):
        rate_id, up_to = tier["rate_id"], tier["up_to"]
        tiers.append((rate_id, tier["tier"], above.get(rate_id, "0"), up_to, tier["price"]))
        above[rate_id] = up_to
    tables = {
        "contracts": contracts.to_pandas().itertuples(index=False),
        "rates": rates,
        "tiers": tiers,
    }
    return "".join(
        f"insert into {table} values\n"
        + ",\n".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
        + ";\n"
        for table, rows in tables.items()
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _literal(value: str) -> str:
    return f"'{value}'" if value else "null"


def main(task: Task) -> None:
    """Start the server, load, deduplicate, aggregate, price, write, stop."""
    here = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    script = task.output.with_suffix(".sql")
    script.write_text(task.filled(here).replace("{output}", str(task.output)), encoding="utf-8")
    for name, text in {"copy": copy_commands(task), "prices": price_commands(task)}.items():
        Path(f"{task.output}.{name}.sql").write_text(text, encoding="utf-8")
    with running(task.output.parent / "postgres") as psql:
        subprocess.run([*psql, "-f", str(script)], check=True)


if __name__ == "__main__":
    main(Task.of(sys.argv[1:]))
