"""A book of cases through the SQL that bills, in a DuckDB in memory and without dbt's start.

Everything between the metrics' daily values and the usage lines with their breakdowns is the
models' own SQL; what stands before and after it (events, the ledger, commits) is given or empty.
"""

from functools import cache

import duckdb
import pyarrow as pa

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES
from tests.pricing.rows import METRIC, Rows

# The moment of the run: the last day of the month has begun, so every day is measured.
AS_OF = "2026-01-31T12:00:00Z"
GIVEN = f"""
    create schema inputs; create schema price_book; create schema ledger;
    create table inputs.run as
    select timestamptz '{AS_OF}' as as_of, 'book' as price_book, 0::bigint as log_version;
    create table late_periods (
        price_book varchar, contract_id varchar, customer_id varchar, rate_card_id varchar,
        currency varchar, period_start date, period_end date, corrects_invoice_id varchar
    );
    create table contracts_on_hold (contract_id varchar);
    create table payments (
        provider varchar, event_id varchar, invoice_id varchar, status varchar,
        is_terminal boolean, status_rank integer, is_settled boolean, amount decimal(20, 4),
        given_back decimal(20, 4), currency varchar, occurred_at timestamptz,
        received_at timestamptz, payments_version bigint, withdrawn_version bigint,
        withdrawn_at timestamptz, withdrawn_from date
    );
    create table billable_metrics as
    select '{METRIC}' as metric, 1 as metric_version, 'used' as event_type, 'sum' as rollup;
    create table metric_values (
        metric varchar, metric_version integer, contract_id varchar, window_start date,
        window_end date, metric_group varchar, quantity decimal(28, 10)
    );
    create table rolled_up_states (
        contract_id varchar, period_start date, metric varchar, metric_version integer,
        measured_at date, metric_group varchar, quantity decimal(28, 10)
    )
"""
# Each line stands on an invoice of its contract, as without commits (S-42).
DRAFTS = """
    create table draft_headers as
    select contract_id as invoice_id, price_book, contract_id, period_start as period_key
    from open_periods;
    create table draft_lines as
    select
        contract_id as invoice_id,
        row_number() over (partition by contract_id)::integer as line_number,
        * exclude (contract_id)
    from usage_lines
"""
MODELS = {
    "calendar": (
        "billed_contracts", "active_contracts", "billing_periods", "open_periods", "rated_periods",
        "sold_products", "automatic_commits", "payment_gates", "gate_facts", "gate_changes",
        "gate_stretches", "commit_service", "product_changes", "product_segments",
        "evaluation_dates",
    ),
    "usage": ("cumulative_usage", "segment_usage"),
    "rating": (
        "subscription_terms", "invoiced_subscriptions", "subscription_parts", "priced_groups",
        "group_rates", "group_overrides", "group_commits",
        "segment_prices", "effective_rates", "effective_tiers", "slices", "priced_slices",
        "slice_places", "usage_charges", "billed_before", "charge_differences",
        "outstanding_charges", "usage_lines", "slice_presentations",
    ),
    "invoices": ("draft_line_breakdowns",),
}  # fmt: skip
LATE = ("recorded_slices", "changed_groups", "late_lines", "slice_records", "unrated_slices")
PERCENTAGES = (
    "effective_prices", "subscription_lines", "composite_bases", "billed_composites",
    "composite_lines",
)  # fmt: skip


def run_models(rows: Rows) -> duckdb.DuckDBPyConnection:
    """An open database with the rows of the book and all that the models make of them."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("set TimeZone = 'UTC'")
    con.execute(GIVEN)
    con.execute(_empty_tables())
    for table, records in rows.items():
        if not records:
            continue
        columns = sorted({column for record in records for column in record})
        cells = {column: [record.get(column) for record in records] for column in columns}
        con.register("records", pa.table(cells))
        con.execute(f"insert into {table} by name from records")
    con.execute("create table contracts_to_rate as select contract_id from price_book.contracts")
    for folder, names in MODELS.items():
        if folder == "invoices":
            con.execute(DRAFTS)
        for name in names:
            con.execute(f"create table {name} as {_select(name, folder)}")
    return con


def run_late(con: duckdb.DuckDBPyConnection, *, percentages: bool = False) -> None:
    """The models of late usage (S-43), and those of percentages (S-29).

    An invoice of its contract, of February, carries each late period.
    """
    con.execute("""
        create table late_carriers as
        select distinct contract_id, date '2026-02-01' as carried_on from late_periods
    """)
    for name in (*LATE, *(PERCENTAGES if percentages else ())):
        con.execute(f"create table {name} as {_select(name, 'rating')}")


@cache
def _select(name: str, folder: str) -> str:
    return model_sql(name, folder)


@cache
def _empty_tables() -> str:
    tables = [
        f"create table ledger.{name} ({column_definitions(fields)})"
        for name, fields in WAREHOUSE_TABLES.items()
    ]
    for name, table in TABLES.items():
        columns = [f'"{column.name}" {find_kind(column.kind).sql_type}' for column in table.columns]
        tables.append(f"create table price_book.{name} (price_book varchar, {', '.join(columns)})")
    return ";".join(tables)
