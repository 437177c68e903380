"""A warehouse with just what the models of `commits` read, and a run of these models alone.

The benchmark of drawdown and its property tests fill it with lines that rating would give, so that
they measure and check the SQL of drawdown itself.
"""

from pathlib import Path

import duckdb

from meterhouse.common.model_sql import model_sql
from meterhouse.dbt.build import build_models
from meterhouse.dbt.project import parsed_project
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES
from meterhouse.warehouse.kept_run import COLUMNS as KEPT_RUN

BOOK = "book"
AS_OF = "2026-02-15T00:00:00Z"
# What commits reads of other layers, in the types of their YAML.
OTHER_LAYERS = {
    "calendar.open_periods": (
        "contract_id varchar, period_start date, period_end date, currency varchar, "
        "finalizes_at timestamptz"
    ),
    # What came back of invoices (S-72), as far as gated commits ask.
    "calendar.payments": (
        "invoice_id varchar, event_id varchar, status varchar, status_rank integer, "
        "is_settled boolean, occurred_at timestamptz, received_at timestamptz, "
        "payments_version bigint, withdrawn_version bigint, withdrawn_at timestamptz, "
        "withdrawn_from date"
    ),
    "calendar.billing_periods": "contract_id varchar, period_start date, period_end date",
    "rating.commit_eligible_lines": (
        "contract_id varchar, period_start date, line_type varchar, product_id varchar, "
        "product_name varchar, metric varchar, metric_version integer, pricing_group varchar, "
        "tier integer, service_start date, service_end date, quantity decimal(28, 10), "
        "unit_price decimal(20, 10), list_unit_price decimal(20, 10), amount decimal(20, 4), "
        "list_amount decimal(20, 4), flat_fee decimal(20, 10), list_flat_fee decimal(20, 10), "
        "pricing_unit varchar, decimals integer, rate_id varchar, override_id varchar, "
        "commit_price decimal(20, 10), corrects_invoice_id varchar, source_id varchar, "
        "line_rank integer"
    ),
    # What caps count: none, unless a test says so (S-57).
    "rating.limits_in_force": (
        "contract_id varchar, period_start date, place integer, line_type varchar,"
        " limit_id varchar, currency varchar"
    ),
    "rating.limited_products": (
        "contract_id varchar, period_start date, place integer, product_id varchar"
    ),
}


def create_warehouse(home: Path) -> duckdb.DuckDBPyConnection:
    """An open warehouse in `home` with every table that commits reads, all empty but the run."""
    home.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(home / "warehouse.duckdb"))
    create_tables(con)
    return con


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Every table that commits reads, in an empty database, all empty but the run."""
    con.execute("set TimeZone = 'UTC'")
    for schema in ("inputs", "price_book", "ledger", "calendar", "rating"):
        con.execute(f"create schema {schema}")
    con.execute(
        f"create table inputs.run as select timestamptz '{AS_OF}' as as_of,"
        f" 0::bigint as log_version, '{BOOK}' as price_book, 0::bigint as ledger_version,"
        " '' as code_version"
    )
    for name, table in TABLES.items():
        columns = ", ".join(
            f'"{column.name}" {find_kind(column.kind).sql_type}' for column in table.columns
        )
        con.execute(f"create table price_book.{name} (price_book varchar, {columns})")
    for name, fields in WAREHOUSE_TABLES.items():
        con.execute(f"create table ledger.{name} ({column_definitions(fields)})")
    for name, columns in OTHER_LAYERS.items():
        con.execute(f"create table {name} ({columns})")
    # No contract is held (S-52).
    con.execute("create view calendar.active_contracts as from price_book.contracts")
    con.execute("create view calendar.contracts_to_rate as from price_book.contracts")
    con.execute(f"create table inputs.kept_run ({KEPT_RUN})")
    con.execute("set search_path = 'main,calendar'")
    for name in (
        "automatic_commits",
        "payment_gates",
        "gate_facts",
        "gate_changes",
        "gate_stretches",
    ):
        con.execute(f"create view calendar.{name} as {model_sql(name, 'calendar')}")
    con.execute("reset search_path")


def insert(con: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    """Insert what `query` gives, by column name; a price-book table gets its book."""
    book = f", '{BOOK}' as price_book" if table.startswith("price_book.") else ""
    con.execute(f"insert into {table} by name select *{book} from ({query})")


def run_commits(home: Path) -> dict[str, float]:
    """Run the models of commits in `home`; seconds by model. RuntimeError if one fails."""
    project = parsed_project()
    done = build_models(project, home, ["folder:commits"], tests=False)
    if done.error is not None:
        raise RuntimeError(done.error)
    names = project.compiled.nodes
    return {names[result.unique_id].name: result.seconds for result in done.results}
