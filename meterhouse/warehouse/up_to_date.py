"""Does what the last run published still stand? Then a run has nothing to do.

It does while the log, the price book, the ledger and the code are the same, the published files are
there, and no moment has passed at which the clock alone changes something: the models compare the
clock with dates (midnights in UTC) and with the moments at which drafts become final, nothing else.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from meterhouse.common.code_version import folder_digest, project_digest
from meterhouse.common.settings import PROJECT
from meterhouse.payments.warehouse_rows import read_version
from meterhouse.warehouse.database import table_exists
from meterhouse.warehouse.forecast_log import forecast_version
from meterhouse.warehouse.generations import published_generation
from raw_events.schemas.published import published_digest

TABLE = (
    "create table if not exists inputs.up_to_date (as_of TIMESTAMPTZ, until TIMESTAMPTZ, "
    "log_version BIGINT, price_book VARCHAR, ledger_version BIGINT, code VARCHAR, "
    "generation BIGINT)"
)
# Of the run in `inputs.run`: the state of the code when its inputs were written.
CODE = "inputs.run_code"
# The code, and what was read of payments and deliveries (`_read`), a parameter.
_MADE_BY = f"(select code || ':' || ${{}} from {CODE})"

# The next midnight, or the moment before it at which a draft becomes final or a payment is known.
_UNTIL = """
    least(
        as_of::date::timestamptz + interval 24 hour,
        -- A payment that came while the run began is of the next one (S-72).
        (
            select min(payments.received_at) from inputs.payments as payments
            where payments.received_at > as_of
        ),
        (
            select min(deliveries.recorded_at) from inputs.deliveries as deliveries
            where deliveries.outcome = 'delivered' and deliveries.recorded_at > as_of
        ),
        (
            select min(listings.listed_at) from inputs.provider_listings as listings
            where listings.listed_at > as_of
        ),
        (
            select min(drafts.finalizes_at) from invoices.draft_invoices as drafts
            where drafts.finalizes_at > as_of
        )
    )
"""


def up_to_date_since(
    con: duckdb.DuckDBPyConnection,
    home: Path,
    as_of: datetime,
    log_version: int,
    price_book: str,
    ledger_version: int,
) -> datetime | None:
    """The as_of of the run whose marts are still right at `as_of` with these inputs, or None.

    With the code that is noted (`note_code`).
    """
    con.execute(TABLE)
    found = con.execute(
        "select as_of from inputs.up_to_date where as_of <= $1 and $1 < until and log_version = $2 "
        "and price_book = $3 and ledger_version = $4 and generation = $5 "
        f"and code = {_MADE_BY.format(6)} and not exists (from inputs.damage)",
        [
            *(as_of, log_version, price_book, ledger_version),
            *(published_generation(home), _read(con)),
        ],
    ).fetchall()
    return found[0][0] if found else None


def forget_up_to_date(con: duckdb.DuckDBPyConnection) -> None:
    """Before anything is computed: what is published may not be what the warehouse holds."""
    if table_exists(con, "inputs", "up_to_date"):
        con.execute("delete from inputs.up_to_date")


def note_code(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """First of the inputs of a run: the code as it is now.

    What is edited while it runs (own metrics, schemas) may or may not have made its tables, so what
    it notes at its end is of this code, and the next run computes again.
    """
    con.execute(f"create or replace table {CODE} as select ?::varchar as code", [code_state(home)])


def check_code(con: duckdb.DuckDBPyConnection, project_digest: str) -> None:
    """Before models are built that were read earlier: of files that are not the noted code's, what
    the run makes is of no code."""
    if table_exists(con, *CODE.split(".")):
        con.execute(f"update {CODE} set code = '' where not contains(code, ?)", [project_digest])


def note_up_to_date(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """After publishing: what the marts of the run in `inputs.run` were made from, and until when.

    A run that made invoices final has another ledger version than its models have seen: it never
    stands, and the next run computes once more with the new ledger.
    """
    con.execute(TABLE)
    forget_up_to_date(con)
    con.execute(
        f"""
        insert into inputs.up_to_date
        select as_of, {_UNTIL}, log_version, price_book, ledger_version,
            {_MADE_BY.format(2)}, $1
        from inputs.run
        where not exists (from inputs.damage)
            and not exists (from calendar.contracts_on_hold)
        """,
        [published_generation(home), _read(con)],
    )


def stands_until(con: duckdb.DuckDBPyConnection) -> datetime:
    """The next moment at which the clock alone changes what the run in `inputs.run` computed."""
    [(until,)] = con.execute(f"select {_UNTIL} from inputs.run").fetchall()
    assert isinstance(until, datetime)
    return until


def _read(con: duckdb.DuckDBPyConnection) -> str:
    """Which payments, deliveries (S-72), forecasts (S-85) and closed months (S-82) were read."""
    [(sent,)] = con.execute(
        "select (select count(*) from inputs.deliveries where outcome = 'delivered') "
        "+ (select count(*) from inputs.provider_listings)"
    ).fetchall()
    closed = 0
    if table_exists(con, "inputs", "closed_months"):
        [(closed,)] = con.execute("select count(*) from inputs.closed_months").fetchall()
    return f"{read_version(con)}:{sent}:{forecast_version(con)}:{closed}"


def code_state(home: Path) -> str:
    """The code, and the schemas of event types, which say what is declared (S-64)."""
    return f"{_code()}:{published_digest(home)}"


def _code() -> str:
    """All code that a run's result may depend on, also edited without a new version."""
    python = folder_digest(PROJECT, ("raw_events", "meterhouse", "dagster_pipeline"))
    return f"{python}:{project_digest()}:{duckdb.__version__}"
