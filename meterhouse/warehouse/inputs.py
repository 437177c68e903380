"""The inputs of a run: schemas `inputs`, `price_book`, `lookups` and `ledger` of the warehouse.

dbt reads these tables as sources and nothing else from outside: which log files exist at the pinned
version, the price books, and what is final. Only what is new since the last run is read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.close.record import ENTRY_COLUMNS as CLOSED_ENTRY_COLUMNS
from meterhouse.close.record import MONTH_COLUMNS, sync_closed_months
from meterhouse.common.progress import reporter
from meterhouse.ledger.passed_build import forget_passed_build
from meterhouse.ledger.sync import sync_ledger
from meterhouse.payments.warehouse_rows import COLUMNS as PAYMENT_COLUMNS
from meterhouse.payments.warehouse_rows import (
    DELIVERY_COLUMNS,
    DELIVERY_ENTRY_COLUMNS,
    ENTRY_COLUMNS,
    LISTING_COLUMNS,
    LISTING_ENTRY_COLUMNS,
    read_version,
    sync_deliveries,
    sync_listings,
    sync_payments,
)
from meterhouse.price_book.freeze import FrozenBook
from meterhouse.warehouse.alert_log import COLUMNS as ALERT_COLUMNS
from meterhouse.warehouse.alert_log import sync_alerts
from meterhouse.warehouse.clock import check_clock, not_before_landing, note_run
from meterhouse.warehouse.contract_digests import COLUMNS as DIGEST_COLUMNS
from meterhouse.warehouse.database import append_rows, open_warehouse, transaction
from meterhouse.warehouse.evidence import check_evidence
from meterhouse.warehouse.forecast_log import FORECAST_COLUMNS, OUTCOME_COLUMNS, sync_forecasts
from meterhouse.warehouse.held import COLUMNS as HELD_COLUMNS
from meterhouse.warehouse.kept_run import COLUMNS as KEPT_RUN_COLUMNS
from meterhouse.warehouse.kept_run import choose_kept_run, compute_all
from meterhouse.warehouse.layout import renew_layout
from meterhouse.warehouse.log_files import note_damage, sync_log
from meterhouse.warehouse.marks import mark_warehouse
from meterhouse.warehouse.price_book_tables import load_price_books
from meterhouse.warehouse.run_costs import COLUMNS as RUN_COLUMNS
from meterhouse.warehouse.stored_values import note_unmeasured, renew_altered_events
from meterhouse.warehouse.up_to_date import forget_up_to_date, note_code, up_to_date_since
from raw_events.schemas.published import read_published

TABLES = {
    "run": "as_of TIMESTAMPTZ, log_version BIGINT, price_book VARCHAR, ledger_version BIGINT, "
    "code_version VARCHAR",
    "log_files": "log_version BIGINT, path VARCHAR, rows BIGINT, sha256 VARCHAR, "
    "received_at TIMESTAMPTZ, source VARCHAR",
    "rejected_events": "log_version BIGINT, received_on DATE, source VARCHAR, "
    "reason_code VARCHAR, events BIGINT",
    "schema_faults": "log_version BIGINT, received_at TIMESTAMPTZ, event_type VARCHAR, "
    "property VARCHAR, json_type VARCHAR, rule VARCHAR, events BIGINT",
    "declared_properties": "event_type VARCHAR, property VARCHAR",
    "retractions": "log_version BIGINT, transaction_id VARCHAR, events BIGINT, "
    "retracted_at TIMESTAMPTZ, retracted_by VARCHAR, reason VARCHAR",
    "runs": RUN_COLUMNS,
    "damage": "log_version BIGINT, problem VARCHAR",
    "held_contracts": HELD_COLUMNS,
    "payments": PAYMENT_COLUMNS,
    "payment_entries": ENTRY_COLUMNS,
    "deliveries": DELIVERY_COLUMNS,
    "delivery_entries": DELIVERY_ENTRY_COLUMNS,
    "provider_listings": LISTING_COLUMNS,
    "listing_entries": LISTING_ENTRY_COLUMNS,
    "unmeasured_periods": "contract_id VARCHAR, period_start DATE",
    "kept_run": KEPT_RUN_COLUMNS,
    "contract_digests": DIGEST_COLUMNS,
    "alert_log": ALERT_COLUMNS,
    "forecasts": FORECAST_COLUMNS,
    "forecast_outcomes": OUTCOME_COLUMNS,
    "closed_months": MONTH_COLUMNS,
    "closed_entries": CLOSED_ENTRY_COLUMNS,
}


@dataclass(frozen=True)
class Inputs:
    """What a run computes from, and how much of it is new since the last one."""

    as_of: datetime
    log_version: int
    price_book: str
    ledger_version: int
    code_version: str
    payments_version: int = -1
    new_batches: int = 0
    new_events: int = 0
    price_book_changed: bool = False
    up_to_date_since: datetime | None = None


def prepare_inputs(
    home: Path,
    as_of: datetime,
    price_book: FrozenBook,
    code_version: str,
    again: bool = False,
    ahead: bool = False,
    moment: Callable[[], datetime] | None = None,
) -> Inputs:
    """Write the inputs of a run as of `as_of` into $HOME/warehouse.duckdb.

    `up_to_date_since` of the result is the as_of of an earlier run whose marts are still right, so
    that nothing need be computed; with `again` it is None. `ahead` insists on an `as_of` that the
    machine's clock has not reached. `moment` is what `as_of` came from: it is asked again if
    another process has landed a batch since; the result has what the run works for.

    `price_book` is the current book; those that made an invoice
    final come along, because late usage is rated with them (S-43). Raises ClockError (S-4),
    EvidenceMissing if ledger, log, price books or quarantine are older than what is known of them.
    """
    home = Path(home)
    with open_warehouse(home) as con:
        check_evidence(home, con)
        as_of = not_before_landing(home, as_of, moment)
        check_clock(home, as_of, con, ahead)
        renew_layout(con)
        _create_tables(con)
        # First: tables that the models read change from here on.
        forget_passed_build(con)
        ledger_version = sync_ledger(con, home)
        note_unmeasured(con)
        sync_alerts(con, home)
        sync_forecasts(con, home)
        sync_closed_months(con, home)
        books = [price_book, *_books_of_final_periods(con, home)]
        price_book_changed = load_price_books(con, books)
        with transaction(con):
            log = sync_log(con, home)
            as_of = not_before_landing(home, as_of, moment)
            # A run without them says so and makes nothing final: balances may be missing (S-73).
            note_damage(con, sync_payments(con, home))
            for problem in [*sync_deliveries(con, home), *sync_listings(con, home)]:
                line = f"What providers have is not shown: {problem}"
                reporter().stands(line, line, line)
            payments_version = read_version(con)
            _write_declared(con, home)
            run = (as_of, log.version, price_book.digest, ledger_version, code_version)
            note_code(con, home)
            since = up_to_date_since(con, home, *run[:4])
            if again or not since:
                since = None
                forget_up_to_date(con)
                # Until it is chosen what these inputs may keep: nothing.
                compute_all(con)
            _write_run(con, run)
            mark_warehouse(con, home)
        if since is None:
            renewed = renew_altered_events(con)
            choose_kept_run(con, as_of, price_book.digest, again or renewed, price_book_changed)
    note_run(home, as_of)
    return Inputs(
        as_of=as_of,
        log_version=log.version,
        price_book=price_book.digest,
        ledger_version=ledger_version,
        code_version=code_version,
        payments_version=payments_version,
        new_batches=log.new_batches,
        new_events=log.new_events,
        price_book_changed=price_book_changed,
        up_to_date_since=since,
    )


def pin_inputs(con: duckdb.DuckDBPyConnection, home: Path, past: Inputs) -> None:
    """Write the inputs of a past run on the data directory `home` into the warehouse of `con`.

    Log and ledger as they were at its versions, its price book and those of the periods that were
    final then; only reads `home`. For a rebuild (S-47); the versions may only grow from call to
    call. The clock is not asked.
    """
    _create_tables(con)
    sync_ledger(con, home, past.ledger_version)
    current = FrozenBook(past.price_book, home / "price_books" / past.price_book)
    load_price_books(con, [current, *_books_of_final_periods(con, home)])
    with transaction(con):
        sync_log(con, home, past.log_version)
        note_damage(con, sync_payments(con, home, past.payments_version))
        run = (past.as_of, past.log_version, past.price_book, past.ledger_version)
        _write_run(con, (*run, past.code_version))


def _create_tables(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("create schema if not exists inputs")
    for table, columns in TABLES.items():
        con.execute(f"create table if not exists inputs.{table} ({columns})")


def _write_run(con: duckdb.DuckDBPyConnection, run: tuple[Any, ...]) -> None:
    con.execute("delete from inputs.run")
    con.execute("insert into inputs.run values (?, ?, ?, ?, ?)", list(run))


def _write_declared(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    con.execute("delete from inputs.declared_properties")
    rows: list[tuple[Any, ...]] = []
    for name, one in sorted(read_published(home).items()):
        rows += [(name, None), *((name, each.name) for each in one.schema.properties)]
    append_rows(con, "inputs.declared_properties", rows)


def _books_of_final_periods(con: duckdb.DuckDBPyConnection, home: Path) -> list[FrozenBook]:
    query = (
        "select distinct price_book from ledger.invoices "
        "where invoice_type = 'usage' and status = 'finalized'"
    )
    digests = [digest for (digest,) in con.execute(query).fetchall()]
    return [FrozenBook(digest, home / "price_books" / digest) for digest in digests]
