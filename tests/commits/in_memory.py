"""The models of commits and of drafts in a DuckDB in memory, without dbt's start (a second)."""

import re
from pathlib import Path

import duckdb
import pyarrow as pa

from benchmarks.commit_warehouse import create_tables, insert
from meterhouse.common.model_sql import model_sql
from meterhouse.common.settings import DBT_PROJECT

FOLDERS = ("commits", "invoices", "marts")
# What drafts read of other layers besides what commits reads, as far as these tests need it.
_GIVEN = """
    create or replace table calendar.open_periods (
        price_book varchar, customer_id varchar, contract_id varchar, currency varchar,
        net_payment_days integer, period_start date, period_end date, finalizes_at timestamptz
    );
    create table calendar.late_carriers (
        own_invoice_id varchar, price_book varchar, customer_id varchar, contract_id varchar,
        currency varchar, net_payment_days integer, carried_on date, is_own_invoice boolean
    );
    create table rating.changed_groups (contract_id varchar, carried_on date);
    create table calendar.sent_invoices (
        invoice_id varchar, provider varchar, provider_invoice_id varchar, sent_at timestamptz
    );
    create table calendar.payment_states (
        invoice_id varchar, payment_status varchar, paid_on date, is_settled boolean,
        amount_received decimal(20, 4)
    );
    create view rating.rated_lines as
    select * exclude (line_rank) from rating.commit_eligible_lines;
    create table rating.subscription_lines as
    select *, null::boolean as is_scheduled, null::varchar as subscription_id
    from rating.rated_lines;
    create table rating.subscription_refunds as
    select
        *, null::date as scheduled_on, null::date as charged_from,
        null::varchar as charged_invoice_id, null::integer as charged_line_number
    from rating.subscription_lines limit 0;
    set search_path = 'main,calendar,rating'
"""


def run_in_memory(
    rows: dict[str, list[dict]], wanted: tuple[str, ...]
) -> duckdb.DuckDBPyConnection:
    """An open database with `rows` by table, and the wanted models with all that they read."""
    con = duckdb.connect(config={"threads": 1})
    create_tables(con)
    con.execute(_GIVEN)
    for table, records in rows.items():
        columns = sorted({column for record in records for column in record})
        cells = {column: [record.get(column) for record in records] for column in columns}
        con.register("records", pa.table(cells))
        insert(con, table, "from records")
    made: set[str] = set()
    for name in wanted:
        _make(con, name, made)
    return con


def _make(con: duckdb.DuckDBPyConnection, name: str, made: set[str]) -> None:
    folder = next((one for one in FOLDERS if _file(one, name).is_file()), None)
    if folder is None or name in made or name == "sent_invoices":
        return
    made.add(name)
    sql = model_sql(name, folder)
    for read in re.findall(r"\b(?:from|join) (\w+)", sql):
        _make(con, read, made)
    con.execute(f"create table {name} as {sql}")


def _file(folder: str, name: str) -> Path:
    return DBT_PROJECT / "models" / folder / f"{name}.sql"
