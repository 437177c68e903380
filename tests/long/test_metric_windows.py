"""Which windows of metrics are computed again, run after run (S-9, S-11, S-12).

Guards against a run that computes everything again, and against one that misses a window: an event
that came late, an id that joined a customer, a lookup file that changed.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt.invoke import invoke
from meterhouse.dbt.project import parsed_project
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.price_book import freeze, load_price_book
from meterhouse.price_book.freeze import FrozenBook
from meterhouse.warehouse.inputs import prepare_inputs
from meterhouse.warehouse.price_book_tables import load_price_books
from meterhouse.warehouse.stored_values import altered_windows, note_unmeasured
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
        assert land_file(self.home, path, None, as_of).rejected == 0

    def run(
        self, as_of: datetime = NOON, *, models: tuple[str, ...] = ALL
    ) -> set[tuple[str, str, int, int]]:
        """(metric, contract, first day, last day) of the windows that this run computed.

        With other `models` than all it stands for a run that failed after them.
        """
        book = load_price_book(self.seeds, metric_group_keys(), lookup_columns())
        frozen = FrozenBook(book.digest, freeze(book, self.home))
        prepare_inputs(self.home, as_of, frozen, "test")
        outcome = invoke(
            ["run", "--select", *models],
            DBT_PROJECT,
            target=self.home / "target",
            logs=self.home / "logs",
            manifest=parsed_project().dbt_manifest,
        )
        assert outcome.success, outcome.exception or [one.message for one in outcome.result.results]
        windows = self.rows(
            "select metric, contract_id, day(window_start), day(window_end - 1) "
            "from calendar.due_windows where not is_obsolete"
        )
        assert len(windows) == len(set(windows))
        return set(windows)

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


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    return Company(tmp_path)


def call(customer: str, day: int, user: str = "u") -> tuple[str, str, int, dict]:
    return (customer, "api_call", day, {"user_id": user})


def tokens(customer: str, day: int) -> tuple[str, str, int, dict]:
    return (customer, "llm_request", day, {"model": "large", "input_tokens": 5})


def test_only_what_changed_is_computed_again(company: Company):
    company.land(
        call("acme", 3),
        call("acme", 5),
        call("beta", 3),
        call("acme-eu", 6, "w"),
        tokens("acme", 4),
    )
    first = company.run()
    # Counts and distinct users by day alone; a ratio also from the period's start to today.
    assert ("api_calls", "acme-1", 3, 3) in first and ("api_calls", "acme-1", 1, 10) not in first
    assert ("active_users", "acme-1", 3, 3) in first
    assert ("active_users", "acme-1", 1, 10) not in first
    assert {("api_errors_ratio", "acme-1", 3, 3), ("api_errors_ratio", "acme-1", 1, 10)} <= first
    assert company.run() == set(), "nothing new, nothing computed"

    company.land(call("acme", 5, "v"))
    assert company.run() == {
        ("api_calls", "acme-1", 5, 5),
        ("active_users", "acme-1", 5, 5),
        ("api_errors_ratio", "acme-1", 5, 5),
        ("api_errors_ratio", "acme-1", 1, 10),
    }
    assert company.value("api_calls", "acme-1", 5) == [(5, 2)]
    assert company.users("acme-1") == [(10, 2)]

    # A changed price book computes what it touches, and any other change nothing.
    company.seed("customers", "customer_id,name\nacme,Acme Corporation\nbeta,Beta\n")
    assert company.run() == set()
    company.seed("model_weights", "model,weight\nlarge,3\n")
    assert company.run() == {("llm_tokens_weighted", "acme-1", 4, 4)}
    assert company.value("llm_tokens_weighted", "acme-1", 4) == [(4, 15)]
    company.seed("customer_aliases", ALIAS)
    assert company.run() == {
        ("api_calls", "acme-1", 6, 6),
        ("active_users", "acme-1", 6, 6),
        ("api_errors_ratio", "acme-1", 6, 6),
        ("api_errors_ratio", "acme-1", 1, 10),
    }
    assert company.users("acme-1") == [(10, 3)]

    # The next day an open period is measured one day further; what was in between is dropped.
    tomorrow = NOON + timedelta(days=1)
    assert company.run(tomorrow) == {
        ("api_errors_ratio", "acme-1", 1, 11),
        ("api_errors_ratio", "beta-1", 1, 11),
    }
    assert company.value("api_errors_ratio", "acme-1", 10) == []
    assert company.value("api_errors_ratio", "acme-1", 11) == [(1, 0)]
    assert company.users("acme-1") == [(11, 3)]


@pytest.mark.parametrize("runs_before", [0, 1])
def test_a_failed_run_leaves_no_value_behind(company: Company, runs_before: int):
    """An alias that was there in a failed run alone bills nothing."""
    company.land(call("acme", 3), call("acme-eu", 3, "w"), call("acme-eu", 4, "w"))
    for _ in range(runs_before):
        company.run()
    company.seed("customer_aliases", ALIAS)
    assert ("api_calls", "acme-1", 4, 4) in company.run(models=("+cumulative_usage",))
    assert company.users("acme-1") == [(10, 2)]
    company.seed("customer_aliases", ALIAS.splitlines(True)[0])
    company.run()
    assert company.value("api_calls", "acme-1", 3) == [(3, 1)]
    assert company.value("api_calls", "acme-1", 4) == []
    assert company.users("acme-1") == [(10, 1)]
    assert company.run() == set()


def test_what_is_not_as_computed_is_computed_again_and_nothing_else(company: Company):
    """Rows edited, deleted or added by hand, an emptied table, events that are gone (S-48)."""
    company.land(call("acme", 3), call("acme", 5), call("beta", 3), tokens("acme", 4))
    company.run()
    values = "from usage.metric_values order by all"
    events = (
        "select count(*) from events.events union all select sum(events) from events.event_days"
    )
    whole = company.rows(values)
    for edits, again in (
        (
            (
                "update metrics.api_calls_v1 set quantity = 7 "
                "where contract_id = 'acme-1' and day(window_start) = 3",
                "delete from metrics.api_calls_v1 "
                "where contract_id = 'acme-1' and day(window_start) = 5",
                "insert into metrics.llm_tokens_weighted_v1 from metrics.llm_tokens_weighted_v1",
                "update usage.day_states set unique_key = 'x' where contract_id = 'beta-1'",
                # A window that nobody has computed: it goes, and nothing is computed.
                "insert into metrics.api_calls_v1 (contract_id, window_start, window_end, "
                "quantity) values ('beta-1', '2026-01-07', '2026-01-08', 9)",
            ),
            {
                ("api_calls", "acme-1", 3, 3),
                ("api_calls", "acme-1", 5, 5),
                ("llm_tokens_weighted", "acme-1", 4, 4),
                ("active_users", "beta-1", 3, 3),
            },
        ),
        (
            (
                "delete from metrics.api_calls_v1",
                "delete from usage.computed_windows where metric = 'llm_tokens_weighted'",
                "delete from events.landed_events where day(event_date) = 5",
            ),
            {
                ("api_calls", "acme-1", 3, 3),
                ("api_calls", "acme-1", 5, 5),
                ("api_calls", "beta-1", 3, 3),
                ("llm_tokens_weighted", "acme-1", 4, 4),
            },
        ),
        (("delete from events.event_days where day(event_date) = 5",), set()),
    ):
        with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
            for edit in edits:
                con.execute(edit)
        assert company.run() == again
        assert company.rows(values) == whole
        assert company.rows(events) == [(4,), (4,)]
        with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
            found = altered_windows(con)
        assert bool(found) == bool(again)
    assert company.run() == set()
    assert company.rows("from calendar.altered_windows") == []


def test_a_lost_warehouse_gets_the_days_of_final_periods_again(company: Company):
    """As they were billed: by the metrics of the price book that made the period final."""
    company.land(call("acme", 3), call("acme", 5), call("beta", 3), tokens("acme", 4))
    march = datetime(2026, 3, 10, tzinfo=UTC)
    days = (
        "from usage.metric_values where window_end = window_start + 1 and quantity > 0 "
        "and month(window_start) = 1 order by all"
    )
    company.run()
    january = company.rows(days)
    book = load_price_book(company.seeds, metric_group_keys(), lookup_columns()).digest
    # January becomes final; then the price book points at another metric.
    with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(
            "create or replace temp table finals as select contract_id || '.usage.2026-01-01' as "
            "invoice_id, 'usage' as invoice_type, 'finalized' as status, customer_id, contract_id, "
            "date '2026-01-01' as period_start, date '2026-02-01' as period_end, "
            "1 as log_version, row_number() over (order by contract_id) as sequence, "
            f"'{book}' as price_book from price_book.contracts"
        )
        finals = con.sql("from finals").to_arrow_table()
    company.seed(
        "product_metrics",
        SEEDS["product_metrics"].replace("calls,api_calls", "calls,api_errors_ratio"),
    )

    def run() -> None:
        edited = load_price_book(company.seeds, metric_group_keys(), lookup_columns())
        frozen = FrozenBook(edited.digest, freeze(edited, company.home))
        prepare_inputs(company.home, march, frozen, "test")
        with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
            con.register("finals", finals)
            con.execute("insert into ledger.invoices by name from finals")
            books = [frozen, FrozenBook(book, company.home / "price_books" / book)]
            load_price_books(con, books)
            note_unmeasured(con)
        outcome = invoke(
            ["run", "--select", *ALL],
            DBT_PROJECT,
            target=company.home / "target",
            logs=company.home / "logs",
            manifest=parsed_project().dbt_manifest,
        )
        assert outcome.success, [one.message for one in outcome.result.results]

    (company.home / "warehouse.duckdb").unlink()
    run()
    assert company.rows(days) == january
    [(rated,)] = company.rows(
        "select count(*) from calendar.rated_periods where month(period_start) = 1"
    )
    assert rated == 0, "nothing of January is rated again"
