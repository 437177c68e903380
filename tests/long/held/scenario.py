"""A company whose contracts break in several ways, and the commands that bill it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb

FINAL, NEXT, MARCH = "2026-02-02T00:00:00Z", "2026-02-04T00:00:00Z", "2026-02-05T00:00:00Z"
LARGEST = 999_999_999_999_999
CONTRACTS = ("sound", "one_event", "many_events", "weighted")
TABLES = {
    "products": "product_id,name,type\ncalls,Calls,usage\ntokens,Tokens,usage\n",
    "product_metrics": "product_id,metric,version,starting_on\n"
    "calls,transfer_bytes,1,2025-01-01\ntokens,llm_tokens,2,2025-01-01\n",
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,US dollar,2,currency\n",
    "rate_cards": "rate_card_id,name,currency\ncard,Card,USD\n",
}


class Company:
    """A data directory and a price book in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.first: subprocess.CompletedProcess[str] | None = None

    def write_price_book(self, price: str = "20") -> None:
        """Every contract on one card; `sound` pays 2 a call."""
        seeds = self.folder / "seeds"
        seeds.mkdir(exist_ok=True)
        for name, text in TABLES.items():
            (seeds / f"{name}.csv").write_text(text, "utf-8")
        rates = "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
        rates += f"r1,card,calls,2025-01-01,flat,{price}\nr2,card,tokens,2025-01-01,flat,0.000001\n"
        (seeds / "rates.csv").write_text(rates, "utf-8")
        customers = "".join(f"{one},{one}\n" for one in CONTRACTS)
        (seeds / "customers.csv").write_text("customer_id,name\n" + customers, "utf-8")
        terms = "card,2026-01-01,monthly,first_of_month"
        (seeds / "contracts.csv").write_text(
            "contract_id,customer_id,rate_card_id,starting_on,billing_frequency,billing_anchor\n"
            + "".join(f"{one},{one},{terms}\n" for one in CONTRACTS),
            "utf-8",
        )
        (seeds / "contract_overrides.csv").write_text(
            "override_id,contract_id,product_id,starting_on,override_type,price\n"
            "o1,sound,calls,2026-01-01,overwrite,2\n",
            "utf-8",
        )

    def land(self, as_of: str) -> None:
        """January's events."""
        sent = [("sound", 3, "transfer", {"bytes": 1}), ("one_event", 1, "transfer", _bytes())]
        sent += [("many_events", 1_200, "transfer", _bytes())]
        sent += [
            ("weighted", 300, "llm_request", {"input_tokens": 0, "output_tokens": f"{LARGEST}"})
        ]
        lines = [
            json.dumps(
                {
                    "transaction_id": f"{customer}-{number}",
                    "customer_id": customer,
                    "event_type": event_type,
                    "timestamp": "2026-01-15T00:00:00Z",
                    "properties": properties,
                }
            )
            for customer, count, event_type, properties in sent
            for number in range(count)
        ]
        file = self.folder / "january.ndjson"
        file.write_text("\n".join(lines), "utf-8")
        done = self.call("ingest", "--as-of", as_of, str(file))
        assert done.returncode == 0, done.stderr

    def run(self, as_of: str) -> subprocess.CompletedProcess[str]:
        """`meterhouse run`."""
        return self.call("run", "--as-of", as_of)

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command; its exit status is the caller's business."""
        where = {"METERHOUSE_HOME": str(self.folder / "home")}
        where["METERHOUSE_SEEDS"] = str(self.folder / "seeds")
        return subprocess.run(
            [sys.executable, "-m", "meterhouse.cli", *arguments],
            env=os.environ | where,
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, query: str) -> list[tuple]:
        """A query over the published marts."""
        marts = self.folder / "home" / "marts"
        with duckdb.connect() as con:
            for file in marts.glob("*.parquet"):
                con.execute(f"create view {file.stem} as from read_parquet('{file}')")
            return con.execute(query).fetchall()


def _bytes() -> dict[str, str]:
    return {"bytes": f"{LARGEST}"}
