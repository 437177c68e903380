"""A pandas script: the whole month in memory, priced with Python's decimals."""

import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.contestants.task import Task

CENT = Decimal("0.01")
ARROW = {"dtype_backend": "pyarrow", "engine": "pyarrow"}

# (product, group value, None for any) → its row of rates.csv.
Rates = dict[tuple[str, str | None], Any]


def read_events(task: Task) -> pd.DataFrame:
    """The events of the period, each id once, each property a column."""
    files = sorted(task.events.glob("*.ndjson"))
    events = pd.concat([read_file(path) for path in files], ignore_index=True)
    events = events.drop_duplicates("transaction_id")
    sent_at = pd.to_datetime(events["timestamp"], format="ISO8601", utc=True)
    start, end = (pd.Timestamp(text, tz="UTC") for text in (task.start, task.end))
    return events[(sent_at >= start) & (sent_at < end)]


def read_file(path: Path) -> pd.DataFrame:
    """The events of a file; which properties its structs have differs from file to file."""
    events = pd.read_json(path, lines=True, **ARROW)
    properties = events.pop("properties").struct.explode()
    return pd.concat([events, properties], axis="columns")


def usage(events: pd.DataFrame) -> pd.DataFrame:
    """One row per customer, product and group: the quantity that is billed."""
    calls = events[events["event_type"] == "api_call"].groupby(["customer_id", "region"])
    requests = events[events["event_type"] == "llm_request"]
    tokens = (requests["input_tokens"] + requests["output_tokens"]).groupby(
        [requests["customer_id"], requests["model"]]
    )
    transfers = events[events["event_type"] == "transfer"].groupby(["customer_id", "region"])
    # Gigabytes with 3 decimals, rounded up.
    megabytes = -(-transfers["bytes"].sum() // 1_000_000)
    parts = {
        "calls": calls.size(),
        "users": calls["user_id"].nunique(),
        "tokens": tokens.sum(),
        "transfer": megabytes,
    }
    return pd.concat(
        [
            values.rename_axis(["customer_id", "group_value"])
            .rename("quantity")
            .reset_index()
            .assign(product_id=product)
            for product, values in parts.items()
        ]
    )


def priced(row: Any, rates: Rates, tiers: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The lines of one quantity: (tier, quantity, amount)."""
    quantity = Decimal(int(row.quantity))
    if row.product_id == "transfer":
        quantity = quantity.scaleb(-3)
    special, general = (row.product_id, row.group_value), (row.product_id, None)
    rate = rates[special] if special in rates else rates[general]
    if rate.price:
        return [(None, quantity, _cents(quantity * Decimal(rate.price)))]
    lines, above = [], Decimal(0)
    for tier in tiers[rate.rate_id]:
        up_to = Decimal(tier.up_to) if tier.up_to else quantity
        if quantity > above:
            part = min(quantity, up_to) - above
            lines.append((int(tier.tier), part, _cents(part * Decimal(tier.price))))
        above = up_to
    return lines


def read_prices(task: Task) -> tuple[Rates, dict[str, Any]]:
    """Rates by product and group value (None: any), and the tiers of each rate."""
    texts = {"dtype": str, "keep_default_na": False}
    rates = {
        (
            rate.product_id,
            next(iter(json.loads(rate.pricing_group).values())) if rate.pricing_group else None,
        ): rate
        for rate in pd.read_csv(task.book / "rates.csv", **texts).itertuples()
    }
    tiers = pd.read_csv(task.book / "rate_tiers.csv", **texts)
    return rates, {rate: list(rows.itertuples()) for rate, rows in tiers.groupby("rate_id")}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def main(task: Task) -> None:
    """Read, deduplicate, aggregate, price, write."""
    rates, tiers = read_prices(task)
    path = task.book / "contracts.parquet"
    contracts = pd.read_parquet(path, columns=["contract_id", "customer_id"])
    measured = usage(read_events(task)).merge(contracts, on="customer_id")
    lines = [
        (row.contract_id, row.product_id, row.group_value, *line)
        for row in measured.itertuples()
        for line in priced(row, rates, tiers)
    ]
    columns = ["contract_id", "product_id", "group_value", "tier", "quantity", "amount"]
    frame = pd.DataFrame(lines, columns=columns).astype({"tier": "Int64"})
    frame.to_csv(task.output, index=False)


if __name__ == "__main__":
    main(Task.of(sys.argv[1:]))
