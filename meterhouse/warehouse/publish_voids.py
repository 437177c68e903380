"""What a void changes in the published marts, at once (S-55).

The invoice reads `void` and its credit note is there, in one new generation beside everything else
as it was. What follows from the void (balances, replacement, usage that is open again) is computed
by the next run. The marts are not made from the warehouse: a run that failed may have left newer
drafts in it than those that are published. It is told of the void, for `explain` reads it.
"""

from pathlib import Path

import duckdb

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.sql import parquet_columns
from meterhouse.ledger.stored import renew_altered_ledger
from meterhouse.ledger.sync import read_invoices, sync_ledger
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.evidence import check_marts
from meterhouse.warehouse.generations import published_generation
from meterhouse.warehouse.layout import has_our_layout
from meterhouse.warehouse.publish import Publication, publish_changed, published_checksums
from raw_events.common.files import file_sha256
from raw_events.common.limits import limit_engine
from raw_events.common.sql import literal

# The same models as in a run, over the ledger and the drafts that are published.
MODELS = ("invoices", "credit_notes")
# Marts that repeat an invoice's status, and in which column. Their other columns are of the last
# run, so that they agree with the balances of that run.
STATUS_COLUMNS = {"commit_ledger": "invoice_status", "invoice_lines": "status"}
WITH_STATUS = """
    select published.* replace (
        coalesce(final.invoice_number, published.invoice_number) as invoice_number,
        coalesce(final.status, published.{column}) as {column}
    )
    from read_parquet({file}) as published
    left join ledger.invoices as final on published.invoice_id = final.invoice_id
"""


def _check_unchanged(home: Path, marts: Path) -> None:
    """PublishError if a file that goes into the new generation is not what was published."""
    known = published_checksums(home)
    for mart in ("invoices", *STATUS_COLUMNS):
        file = marts / f"{mart}.parquet"
        if file.name in known and (not file.is_file() or file_sha256(file) != known[file.name]):
            raise PublishError(
                f"{file} was changed after it was published, so nothing is made from it. The next "
                "run makes the marts again: meterhouse run"
            )


def check_final_published(home: Path) -> None:
    """Before a void: PublishError if an invoice is final that the published marts do not know.

    A run stopped between the ledger and the publication. Of such an invoice no mart has the lines,
    so its header must not be published alone. The caller holds the run lock.
    """
    home = Path(home)
    if published_generation(home) is None:
        return
    file = (home / "marts").resolve() / "invoices.parquet"
    try:
        with duckdb.connect() as con:
            limit_engine(con)
            con.execute("set TimeZone = 'UTC'")
            read_invoices(con, home)
            missing = con.execute(
                "select count(*), min(invoice_id) from ledger.invoices "
                f"anti join (from read_parquet({literal(file)}) "
                "where status in ('finalized', 'void')) as published using (invoice_id)"
            ).fetchall()
    except duckdb.Error as error:
        raise PublishError(
            f"{file} cannot be read ({error}), so nothing was done. Make the marts again first: "
            "meterhouse run --again"
        ) from error
    [(count, example)] = missing
    if count:
        raise PublishError(
            f"Invoices became final that are not published yet ({count}, for example {example}): "
            "a run stopped before it published them. Nothing was done; run first: meterhouse run"
        )


def tell_warehouse(home: Path) -> None:
    """Give the warehouse of this release what is new in the ledger; without one it is no matter.

    The caller holds the run lock. Raises LedgerDamaged, and RunInProgress if the file is open
    elsewhere; the next run does the same.
    """
    if (Path(home) / "warehouse.duckdb").exists():
        with open_warehouse(home) as con:
            if has_our_layout(con):
                renew_altered_ledger(con, home)
                sync_ledger(con, home)


def publish_voids(home: Path) -> Publication | None:
    """Publish what the ledger says of final and void invoices; None if nothing is published yet.

    Repeated it changes nothing. The caller holds the run lock. Raises PublishError, LedgerDamaged,
    and EvidenceMissing if the ledger is older than the marts know (S-45).
    """
    home = Path(home)
    check_marts(home)
    if published_generation(home) is None:
        return None
    marts = (home / "marts").resolve()
    _check_unchanged(home, marts)
    try:
        with duckdb.connect() as con:
            limit_engine(con)
            con.execute("set TimeZone = 'UTC'")
            read_invoices(con, home)
            con.execute(
                "create view draft_invoices as select * "
                f"from read_parquet({literal(marts / 'invoices.parquet')}) where status = 'draft'"
            )
            queries = {mart: model_sql(mart, "marts") for mart in MODELS}
            for mart, column in STATUS_COLUMNS.items():
                file = marts / f"{mart}.parquet"
                # Marts of an earlier release may be without it.
                if file.is_file() and column in parquet_columns(con, file):
                    queries[mart] = WITH_STATUS.format(column=column, file=literal(file))
            return publish_changed(con, home, queries)
    except duckdb.Error as error:
        raise PublishError(
            f"The marts that are published cannot be read ({error}); they stay as they are. "
            "The next run makes them again: meterhouse run"
        ) from error
