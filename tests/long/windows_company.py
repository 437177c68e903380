"""Two customers: land, change, run the models, and see which windows of metrics they computed.

A run here is inputs and dbt alone, without publication and finalization; the fixture `company` of
conftest.py is one of these.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from meterhouse.dbt.build import build_models
from meterhouse.dbt.project import parsed_project
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.price_book import freeze, load_price_book
from meterhouse.price_book.freeze import FrozenBook
from meterhouse.warehouse.inputs import prepare_inputs
from raw_events.ingest.landing import land_file

ALL = ("+computed_windows", "+cumulative_usage")
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
SEEDS = {
    "customers": "customer_id,name\nacme,Acme\nbeta,Beta\n",
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,US dollar,2,currency\n",
    "products": (
        "product_id,name,type\ncalls,Calls,usage\nusers,Users,usage\ntokens,Tokens,usage\n"
        "errors,Errors,usage\n"
    ),
    "product_metrics": (
        "product_id,metric,version,starting_on\ncalls,api_calls,1,2026-01-01\n"
        "users,active_users,1,2026-01-01\ntokens,llm_tokens_weighted,1,2026-01-01\n"
        "errors,api_errors_ratio,1,2026-01-01\n"
    ),
    "rate_cards": "rate_card_id,name,currency\nlist,List,USD\n",
    "rates": (
        "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
        "a,list,calls,2026-01-01,flat,1\nb,list,users,2026-01-01,flat,1\n"
        "c,list,tokens,2026-01-01,flat,1\nd,list,errors,2026-01-01,flat,1\n"
    ),
    "contracts": (
        "contract_id,customer_id,rate_card_id,starting_on,billing_frequency,billing_anchor\n"
        "acme-1,acme,list,2026-01-01,monthly,first_of_month\n"
        "beta-1,beta,list,2026-01-01,monthly,first_of_month\n"
    ),
    "model_weights": "model,weight\nlarge,2\n",
}
ALIAS = "alias,customer_id\nacme-eu,acme\n"


class Company:
    """A data directory of two customers; each run says which windows it computed."""

    def __init__(self, home: Path):
        self.home = home
        self.seeds = home / "seeds"
        self.seeds.mkdir()
        self.batches = 0
        for name, rows in SEEDS.items():
            self.seed(name, rows)

    def seed(self, name: str, rows: str) -> None:
        (self.seeds / f"{name}.csv").write_text(rows, "utf-8")

    def land(self, *events: tuple[str, str, int, dict], as_of: datetime = NOON) -> None:
        """Events as (customer, event type, day of January, properties)."""
        self.batches += 1
        path = self.home / f"batch-{self.batches}.ndjson"
        lines = [
            json.dumps(
                {
                    "transaction_id": f"{self.batches}-{number}",
                    "customer_id": customer,
                    "event_type": event_type,
                    "timestamp": f"2026-01-{day:02d}T10:00:00Z",
                    "properties": properties,
                }
            )
            for number, (customer, event_type, day, properties) in enumerate(events)
        ]
        path.write_text("\n".join(lines) + "\n", "utf-8")
        report = land_file(self.home, path, None, as_of)
        assert report.rejected == 0, report

    def run(
        self, as_of: datetime = NOON, *, models: tuple[str, ...] = ALL
    ) -> set[tuple[str, str, int, int]]:
        """(metric, contract, first day, last day) of the windows that this run computed.

        With other `models` than all it stands for a run that failed after them.
        """
        self.prepare(as_of)
        self.build(models)
        windows = self.rows(
            "select metric, contract_id, day(window_start), day(window_end - 1) "
            "from calendar.due_windows where not is_obsolete"
        )
        assert len(windows) == len(set(windows)), windows
        return set(windows)

    def prepare(self, as_of: datetime) -> FrozenBook:
        """Hand the inputs of a run to the warehouse; the price book that it is with."""
        book = load_price_book(self.seeds, metric_group_keys(), lookup_columns())
        frozen = FrozenBook(book.digest, freeze(book, self.home))
        prepare_inputs(self.home, as_of, frozen, "test")
        return frozen

    def build(self, models: tuple[str, ...] = ALL) -> None:
        """Compute the models as in a run; all must succeed."""
        done = build_models(parsed_project(), self.home, models, tests=False)
        assert done.error is None, done.error

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as con:
            return con.execute(query).fetchall()

    def users(self, contract: str) -> list[tuple]:
        """(last day, active users from the period's start on)."""
        return self.rows(
            "select day(measured_at - 1), sum(quantity)::int from usage.cumulative_usage "
            f"where metric = 'active_users' and contract_id = '{contract}' group by all"
        )

    def value(self, metric: str, contract: str, last_day: int) -> list[tuple]:
        """(first day, quantity of all groups) of the windows that end with a day of January."""
        return self.rows(
            "select day(window_start), sum(quantity)::int from usage.metric_values "
            f"where metric = '{metric}' and contract_id = '{contract}' "
            f"and day(window_end - 1) = {last_day} group by all order by all"
        )


def call(customer: str, day: int, user: str = "u") -> tuple[str, str, int, dict]:
    """A call of a customer's user on a day of January."""
    return (customer, "api_call", day, {"user_id": user})


def tokens(customer: str, day: int) -> tuple[str, str, int, dict]:
    """A request of five tokens on a day of January."""
    return (customer, "llm_request", day, {"model": "large", "input_tokens": 5})
