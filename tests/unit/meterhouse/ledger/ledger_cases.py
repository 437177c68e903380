"""Hand-made hand-overs of dbt to the ledger: invoices that are due, and a run.

They stand in one table, `given.due_invoices`, with their lists inside; views over it are what the
models would be.
"""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.passed_build import note_passed_build
from meterhouse.ledger.schema import DUE_INVOICE
from meterhouse.ledger.sync import sync_ledger

FEBRUARY = datetime(2025, 2, 2, tzinfo=UTC)


def in_memory() -> duckdb.DuckDBPyConnection:
    """A warehouse in memory, in UTC."""
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    return con


def prepare(con: duckdb.DuckDBPyConnection, home: Path, as_of: datetime = FEBRUARY) -> int:
    """What a run does before the ledger: its tables, `inputs.run`, and that the build passed."""
    version = sync_ledger(con, home)
    pass_build(con, as_of, version)
    return version


def pass_build(
    con: duckdb.DuckDBPyConnection, as_of: datetime = FEBRUARY, ledger_version: int = -1
) -> None:
    """`inputs.run`, and the note that all models and tests of its build passed."""
    con.execute("create schema if not exists inputs")
    con.execute(
        "create or replace table inputs.run as select cast(? as timestamptz) as as_of, "
        "7::bigint as log_version, 'book' as price_book, ?::bigint as ledger_version, "
        "'code' as code_version",
        [as_of, ledger_version],
    )
    con.execute("create schema if not exists price_book")
    con.execute(
        "create table if not exists price_book.contracts "
        "(price_book VARCHAR, contract_id VARCHAR, zero_invoices VARCHAR)"
    )
    note_passed_build(con)


def hand_over(
    con: duckdb.DuckDBPyConnection, count: int, first: int = 1, month: str = "2025-01-01"
) -> None:
    """Make `given.due_invoices` of `count` invoices with two lines each, numbered from `first`.

    Contract cNNNNN owes 1.25 + NNNNN cents in USD; the first line has two breakdowns.
    """
    con.execute("create schema if not exists given")
    con.execute(f"create or replace table given.due_invoices ({column_definitions(DUE_INVOICE)})")
    con.execute(
        f"""
        insert into given.due_invoices by name
        select
            printf('c%06d.usage.{month}', number) as invoice_id,
            printf('INV-%06d', {first} + number - 1) as invoice_number,
            'usage' as invoice_type,
            'customer "é" ' || number as customer_id,
            'Müller & Söhne 😀' as customer_name,
            printf('c%06d', number) as contract_id,
            'USD' as currency,
            date '{month}' as period_start,
            date '{month}' + interval 1 month as period_end,
            date '{month}' + interval 1 month as issue_on,
            date '{month}' + interval 2 month as due_on,
            timestamptz '{month} 00:00:00+00' + interval 1 month + interval 1 day as finalizes_at,
            1.25 + number / 100::decimal(20, 4) as subtotal,
            0 as credits_applied,
            1.25 + number / 100::decimal(20, 4) as total,
            7 as log_version,
            'book' as price_book,
            'code' as code_version,
            '["api_calls v1"]' as metric_checksums,
            [
                {{
                    'line_number': 1, 'line_type': 'usage', 'product_id': 'calls',
                    'product_name': 'API calls', 'metric': 'api_calls', 'metric_version': 1,
                    'pricing_group': '{{}}', 'tier': null, 'service_start': date '{month}',
                    'service_end': date '2025-02-01', 'quantity': 125, 'unit_price': 0.01,
                    'list_unit_price': 0.01, 'amount': 1.25, 'list_amount': 1.25,
                    'pricing_unit': 'USD', 'rate_id': 'r1', 'override_id': null,
                    'commit_id': null, 'segment': null, 'corrects_invoice_id': null,
                    'breakdowns': [
                        {{
                            'presentation_group': '{{"user_id":"a"}}', 'quantity': 25,
                            'amount': 0.25
                        }},
                        {{
                            'presentation_group': '{{"user_id":"b"}}', 'quantity': 100,
                            'amount': 1
                        }}
                    ]
                }},
                {{
                    'line_number': 2, 'line_type': 'usage', 'product_id': 'bytes',
                    'product_name': 'Transfer', 'metric': 'transfer_bytes', 'metric_version': 1,
                    'pricing_group': '{{"region":"eu"}}', 'tier': 1,
                    'service_start': date '{month}', 'service_end': date '2025-02-01',
                    'quantity': number, 'unit_price': 0.01,
                    'list_unit_price': 0.02, 'amount': number / 100::decimal(20, 4),
                    'list_amount': number / 50::decimal(20, 4),
                    'pricing_unit': 'USD', 'rate_id': 'r2', 'override_id': 'o1',
                    'commit_id': null, 'segment': null, 'corrects_invoice_id': null,
                    'breakdowns': []
                }}
            ] as lines,
            [{{
                'contract_id': printf('c%06d', number), 'product_id': 'calls',
                'period_start': date '{month}', 'pricing_group': '{{}}', 'quantity': 3,
                'reason': 'no_rate'
            }}] as unrated,
            [] as slices,
            [
                {{'line_number': 1, 'commit_id': 'k1', 'segment': 1, 'amount': 0.75}},
                {{'line_number': 2, 'commit_id': 'k1', 'segment': 1, 'amount': -0.75}}
            ] as applications,
            [] as counted,
            [] as automatic_commits
        from range(1, {count} + 1) as numbers (number)
        """
    )
    view_as_models(con)


def view_as_models(con: duckdb.DuckDBPyConnection) -> None:
    """The models that the ledger reads, as views over `given.due_invoices`."""
    lists = {
        "invoices.draft_lines": "invoice_id, unnest(lines, max_depth := 2)",
        "invoices.draft_line_breakdowns": "invoice_id, line.line_number, "
        "unnest(line.breakdowns, max_depth := 2) "
        "from (select invoice_id, unnest(lines) as line from given.due_invoices)",
        "invoices.draft_applications": "invoice_id, unnest(applications, max_depth := 2)",
        "invoices.draft_counted_slices": "invoice_id, unnest(counted, max_depth := 2)",
        "invoices.draft_automatic_commits": (
            "invoice_id, unnest(automatic_commits, max_depth := 2)"
        ),
        "rating.unrated_slices": "period_start as carried_on, unnest(unrated, max_depth := 2)",
        "rating.slice_records": "period_start as carried_on, unnest(slices, max_depth := 2)",
    }
    for schema in ("invoices", "rating"):
        con.execute(f"create schema if not exists {schema}")
    con.execute(
        "create or replace view invoices.due_invoices as "
        "select * exclude (lines, unrated, slices, applications, counted, automatic_commits), "
        "period_start as period_key, period_start as earliest_period from given.due_invoices"
    )
    for view, select in lists.items():
        source = "" if " from " in select else " from given.due_invoices"
        con.execute(f"create or replace view {view} as select {select}{source}")
