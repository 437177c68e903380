"""Publications of many customers, made without runs: marts as a run writes them, by SQL.

A customer has five invoices of eight lines, days of spend in eight groups, days of usage in 14
groups of three metrics, two balances and an alert. Texts have the customer's id in them, and what
changes from publication to publication has amounts of its number: so a page that mixes is seen.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template

import duckdb

from meterhouse.server.reading.columns import BOOK, MARTS
from meterhouse.warehouse.mark_files import write_mark
from meterhouse.warehouse.marks import Mark

DIGEST = "c" * 64
AS_OF = "2026-05-01T06:00:00Z"
TODAY, DAYS = "date '2026-05-01'", 120
KEPT = 3
# Mart → the condition of what is new in a publication; the rest is a part that stays as it was.
PARTS = {
    "usage_daily": f"usage_date = {TODAY}",
    "spend_daily": f"service_on > {TODAY} - 30",
    "commit_burndown": f"burned_on = {TODAY}",
}
# Mart → its rows, as far as they are said: other columns are null. `c` is a customer, $at the
# publication.
_DAYS = f"(select ({TODAY} - range::int)::date as day from range($days))"
_GROUPS = "(select range as g from range(8))"
_ID = "c.customer_id || '-' || n"
_ROWS = {
    "invoices": f"""
        select {_ID} as invoice_id, case when n > 0 then 'INV-' || c.number || n end as
            invoice_number, 'usage' as invoice_type, case when n = 0 then 'draft' else 'finalized'
            end as status, c.customer_id, c.contract_id, 'USD' as currency,
            (date '2026-05-01' - n * 30)::date as period_start,
            (date '2026-05-31' - n * 30)::date as period_end,
            (date '2026-05-31' - n * 30)::date as issue_on, 1000 + $at as subtotal,
            -$at as credits_applied, 1000 as total, 1000 as amount_due
        from c, (select range::int as n from range(5))
    """,
    "invoice_lines": f"""
        select {_ID} as invoice_id, (g + 1)::int as line_number, 'usage' as line_type,
            'p' || g as product_id, 'Product ' || g as product_name, 'llm_tokens' as metric,
            1 as metric_version, '{{"model":"m' || g || '"}}' as pricing_group,
            date '2026-04-01' as service_start, date '2026-05-01' as service_end,
            1234.5 + $at as quantity, 0.01 as unit_price, 12.345 + $at as amount,
            'USD' as pricing_unit
        from c, (select range as n from range(5)), {_GROUPS}
    """,
    "invoice_line_breakdowns": f"""
        select {_ID} as invoice_id, (g + 1)::int as line_number,
            '{{"project":"' || c.customer_id || '-' || p || '"}}' as presentation_group,
            411.5 as quantity, 4.115 as amount
        from c, (select range as n from range(5)), {_GROUPS}, (select range as p from range(3))
    """,
    "spend_daily": f"""
        select c.customer_id, c.contract_id, day as service_on, {_ID} as invoice_id,
            (g + 1)::int as line_number, 'usage' as line_type, 'p' || g as product_id,
            'Product ' || g as product_name, '{{"model":"m' || g || '"}}' as pricing_group,
            '{{"project":"' || c.customer_id || '-' || g % 3 || '"}}' as presentation_group,
            'USD' as pricing_unit, (hash(c.number, day, g) % 1000) / 100 + $at as amount,
            0 as paid_by_balances, 'USD' as currency, 'draft' as status, day as issue_on
        from c, (select 0 as n), {_DAYS}, {_GROUPS}
    """,
    "usage_daily": f"""
        select c.customer_id, c.contract_id, metric, 1 as metric_version, day as usage_date,
            '{{"key":"' || c.customer_id || '-' || k || '"}}' as "group",
            hash(c.number, day, k) % 1000 + $at as quantity
        from c, {_DAYS}, (
            select unnest(['llm_tokens', 'api_calls', 'active_users']) as metric,
                unnest([8, 5, 1]) as keys
        ) as metrics, (select range as k from range(8)) where k < keys
    """,
    "commit_balances": f"""
        select {_ID} as commit_id, c.contract_id, 1 as segment, 'prepaid' as type,
            'USD' as pricing_unit, date '2026-01-01' as starting_on,
            date '2027-01-01' as ending_before, 5000 as granted, 100 as applied_finalized,
            $at as applied_draft, 0 as expired, 4900 - $at as remaining
        from c, (select range as n from range(2))
    """,
    "commit_burndown": f"""
        select c.contract_id, {_ID} as commit_id, 1 as segment, 'USD' as pricing_unit,
            day as burned_on, 1 as applied, 4000 as balance, 10 as daily_pace,
            date '2026-09-01' as runs_out_on
        from c, (select range as n from range(2)), {_DAYS}
    """,
    "alert_events": """
        select 'e' || c.number as alert_event_id, 'spend' as alert_id, 'triggered' as change,
            timestamptz '2026-04-30 00:00:00+00' as occurred_at, c.customer_id, c.contract_id,
            'spend' as kind, 10 as threshold, 11 as value
        from c
    """,
}
_BOOK = {
    "customers": "select customer_id, 'Name of ' || customer_id as name from c",
    "contracts": "select contract_id, customer_id, 'list' as rate_card_id, "
    "date '2026-01-01' as starting_on from c",
    "commits": f"select {_ID} as commit_id, contract_id, 'Commit ' || n as name "
    "from c, (select range as n from range(2))",
    "pricing_units": "select 'USD' as pricing_unit, 'US dollar' as name, 2 as decimals, "
    "'currency' as kind",
}


def customer(number: int) -> str:
    """The id of a customer."""
    return f"customer-{number:04}-x"


def publish(home: Path, customers: int, number: int, days: int = DAYS) -> None:
    """Publish one more generation, beside those before; readers see it whole at once.

    Of PARTS the days before are the files of the publication before, as a run leaves them.
    """
    before = home / ".marts" / str(number - 1)
    making = home / ".marts" / f".{number}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    book = home / "price_books" / DIGEST
    filled = {"days": str(days), "at": str(number)}
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(
            "create table c as select range as number, "
            "'customer-' || lpad(range::varchar, 4, '0') || '-x' as customer_id, "
            f"'contract-' || range as contract_id from range({customers})"
        )
        runs = (
            f"select {number}::bigint as run_number, timestamptz '{AS_OF}' as as_of, "
            f"{number}::bigint as log_version, '{DIGEST}' as price_book"
        )
        con.execute(f"copy ({runs}) to '{making}/runs.parquet'")
        for name, columns in MARTS.items():
            rows = Template(_ROWS[name]).substitute(filled) if name in _ROWS else None
            if name in PARTS and rows:
                _write_parts(con, columns, rows, name, making, before)
            elif name not in ("credit_notes", "runs"):
                _write(con, columns, rows, making / f"{name}.parquet")
        if not book.exists():
            book.mkdir(parents=True)
            for name, columns in BOOK.items():
                _write(con, columns, _BOOK.get(name), book / f"{name}.parquet")
    files = [path.relative_to(making).as_posix() for path in making.rglob("*.parquet")]
    write_mark(making, Mark(), dict.fromkeys(sorted(files), f"{number}"))
    making.rename(home / ".marts" / str(number))
    link = home / "new"
    link.symlink_to(Path(".marts") / str(number))
    link.replace(home / "marts")
    for old in range(number - KEPT, 0, -1):
        shutil.rmtree(home / ".marts" / str(old), ignore_errors=True)


def _write_parts(
    con: duckdb.DuckDBPyConnection,
    columns: Mapping[str, str],
    rows: str,
    mart: str,
    making: Path,
    before: Path,
) -> None:
    folder = making / "parts" / mart
    folder.mkdir(parents=True)
    is_new = PARTS[mart]
    _write(con, columns, f"select * from ({rows}) where {is_new}", folder / "new.parquet")
    if (old := before / "parts" / mart / "old.parquet").is_file():
        (folder / "old.parquet").hardlink_to(old)
    else:
        _write(con, columns, f"select * from ({rows}) where not ({is_new})", folder / "old.parquet")


def _write(
    con: duckdb.DuckDBPyConnection, columns: Mapping[str, str], rows: str | None, path: Path
) -> None:
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    con.execute(f"create or replace table made ({declared})")
    if rows:
        con.execute(f"insert into made by name {rows}")
    con.execute(f"copy made to '{path}' (format parquet, compression zstd)")
