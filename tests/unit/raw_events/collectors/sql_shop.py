"""An SQL collector `orders` of the shop of the fixture `shop`."""

from datetime import UTC, datetime
from pathlib import Path

from raw_events.collectors.collect import Collected, collect
from raw_events.collectors.folder import open_source
from tests.unit.raw_events.event_cases import AS_OF

HEAD = {
    "connection": "SHOP_DB",
    "driver": "duckdb",
    "key": "order_id",
    "start": "2026-01-31",
    "lag": "10m",
    "event_type": "order",
}
SELECT = """select order_id, customer_id, placed_at as timestamp, amount
from orders where placed_at >= $1 and placed_at < $2"""
HOURLY = """select customer_id, date_trunc('hour', placed_at) as timestamp,
    sum(amount) as amount, count(*) as orders
from orders where placed_at >= $1 and placed_at < $2 group by all"""
AGGREGATE = {"key": "customer_id", "aggregate": "1h"}
MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)


def collector(folder: Path, select: str = SELECT, **settings: object) -> Path:
    """Write orders.sql into the folder; a setting of None is left out."""
    lines = [f"{key}: {value}" for key, value in {**HEAD, **settings}.items() if value is not None]
    folder.mkdir(exist_ok=True)
    (folder / "orders.sql").write_text("\n".join(["/*---", *lines, "---*/", select]))
    return folder


def run(home: Path, folder: Path, as_of: datetime = AS_OF) -> Collected:
    """Collect it once, as a person does."""
    return collect(home, open_source(folder, "orders"), lambda: as_of, by_hand=True)
