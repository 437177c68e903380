"""Of which run the tables of all contracts hold the rows, and whether a run may keep them.

Within a day nothing of a contract changes but by its events, its rows of the price book and what
became final or void of it. So a run computes the contracts of calendar.contracts_to_rate, and keeps
the rows of all others, if these are of a run of the same day and code that came to its end: built,
tested, finalized and published. That run is noted in `inputs.rated_run`. While
models are built there is no note, so after a run that failed or was killed anywhere all contracts
are computed. What a run may keep stands in `inputs.kept_run`: one row, or none.

AN INPUT THAT IS ADDED AND CAN CHANGE A DRAFT: which version of it that run has seen belongs into
COLUMNS, and the contracts that it touches into calendar.contracts_to_rate (decision 0385).
"""

from datetime import UTC, datetime

import duckdb

from meterhouse.payments.warehouse_rows import read_version
from meterhouse.warehouse.contract_digests import TABLE as DIGESTS
from meterhouse.warehouse.contract_digests import note_contract_digests
from meterhouse.warehouse.database import table_exists
from meterhouse.warehouse.up_to_date import CODE

COLUMNS = (
    "as_of TIMESTAMPTZ, log_version BIGINT, price_book VARCHAR, ledger_sequence BIGINT, "
    "code VARCHAR, payments_version BIGINT"
)
KEPT, NOTED = "inputs.kept_run", "inputs.rated_run"


def choose_kept_run(
    con: duckdb.DuckDBPyConnection,
    as_of: datetime,
    price_book: str,
    compute_all: bool = False,
    books_loaded: bool = False,
) -> None:
    """Write into `inputs.kept_run` what the run as of `as_of` may keep, and the contract digests.

    Nothing with `compute_all`, on another day in UTC than the noted run's, with other code, on
    damaged evidence, if no run is noted, or if the noted run's book had to be loaded again
    (`books_loaded`), for somebody may have written into it. Books, log and code must be noted.
    """
    con.execute(f"create table if not exists {NOTED} ({COLUMNS})")
    con.execute(f"delete from {KEPT}")
    if not compute_all:
        con.execute(
            f"insert into {KEPT} from {NOTED} where as_of::date = ? and as_of <= ? "
            f"and code in (select code from {CODE}) and not exists (from inputs.damage) "
            "and not (price_book = ? and ?)",
            [as_of.astimezone(UTC).date(), as_of, price_book, books_loaded],
        )
    found = con.execute(f"select price_book from {KEPT}").fetchall()
    note_contract_digests(con, price_book, found[0][0] if found else None)
    # A run that came to nothing may have let go of them. Without, who knows what an edit changed?
    con.execute(f"delete from {KEPT} where price_book not in (select price_book from {DIGESTS})")


def compute_all(con: duckdb.DuckDBPyConnection) -> None:
    """Nothing is kept: the models compute all contracts that the inputs have."""
    con.execute(f"create table if not exists {KEPT} ({COLUMNS})")
    con.execute(f"delete from {KEPT}")


def forget_rated_run(con: duckdb.DuckDBPyConnection) -> None:
    """Before models are built: what the tables of all contracts hold is of no one run."""
    if table_exists(con, *NOTED.split(".")):
        con.execute(f"delete from {NOTED}")


def note_rated_run(con: duckdb.DuckDBPyConnection) -> None:
    """At the end of a run, after publishing: the tables of all contracts are those of its inputs.

    What became final in the run itself its models have not seen; the next one computes it. Nothing
    is noted on damaged evidence, or while something is due that has not become final.
    """
    con.execute(f"create table if not exists {NOTED} ({COLUMNS})")
    forget_rated_run(con)
    con.execute(
        f"""
        insert into {NOTED}
        select
            as_of,
            log_version,
            price_book,
            coalesce((
                select max(entries.last_sequence) from ledger.entries as entries
                where entries.ledger_version <= run.ledger_version
            ), 0),
            code,
            $1
        from inputs.run as run cross join {CODE}
        where not exists (from inputs.damage)
            and not exists (from invoices.due_invoices anti join ledger.invoices using (invoice_id))
        """,
        [read_version(con)],
    )
