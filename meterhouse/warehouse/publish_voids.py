"""What a void changes in the published marts, at once (S-55).

The invoice reads `void` and its credit note is there, in one new generation beside everything else
as it was. What follows from the void (balances, replacement, usage that is open again) is computed
by the next run. The marts are not made from the warehouse: a run that failed may have left newer
drafts in it than those that are published. It is told of the void, for `explain` reads it.
"""

from pathlib import Path

import duckdb

from meterhouse.common.mart_files import MADE_OF, PARTS, mart_of, mart_sql
from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.stored import renew_altered_ledger
from meterhouse.ledger.sync import read_invoices, sync_ledger
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.evidence import check_marts
from meterhouse.warehouse.generations import published_generation
from meterhouse.warehouse.layout import has_our_layout
from meterhouse.warehouse.mart_parts import DRAFTS, OF_INVOICES, Part
from meterhouse.warehouse.publish import Publication, publish_changed, published_checksums
from meterhouse.warehouse.write_marts import MartWriter
from raw_events.common.files import file_sha256
from raw_events.common.limits import limit_engine
from raw_events.common.sql import literal

# The same models as in a run, over the ledger and the drafts that are published.
MODELS = ("invoices", "credit_notes")
# Marts that repeat an invoice's status, and in which column. Their other columns are of the last
# run, so that they agree with the balances of that run.
STATUS_COLUMNS = {
    "commit_ledger": "invoice_status",
    "invoice_lines": "status",
    "spend_daily": "status",
}
WITH_STATUS = """
    select published.* replace (
        coalesce(final.invoice_number, published.invoice_number) as invoice_number,
        coalesce(final.status, published.{column}) as {column}
    )
    from {published} as published
    left join ledger.invoices as final on published.invoice_id = final.invoice_id
"""


def _check_unchanged(home: Path, marts: Path) -> None:
    """PublishError if a file that goes into the new generation is not what was published."""
    known = published_checksums(home)
    for mart in ("invoices", *STATUS_COLUMNS):
        for name in sorted(name for name in known if mart_of(name) == mart and name != MADE_OF):
            file = marts / name
            if not file.is_file() or file_sha256(file) != known[name]:
                raise PublishError(
                    f"{file} was changed after it was published, so nothing is made from it. The "
                    "next run makes the marts again: meterhouse run"
                )


def check_final_published(home: Path) -> None:
    """Before a void: PublishError if an invoice is final that the published marts do not know.

    A run stopped between the ledger and the publication. Of such an invoice no mart has the lines,
    so its header must not be published alone. The caller holds the run lock.
    """
    home = Path(home)
    if published_generation(home) is None:
        return
    folder = (home / "marts").resolve()
    published = mart_sql(folder, "invoices")
    try:
        with duckdb.connect() as con:
            limit_engine(con)
            con.execute("set TimeZone = 'UTC'")
            read_invoices(con, home)
            missing = con.execute(
                "select count(*), min(invoice_id) from ledger.invoices "
                f"anti join (from {published or 'published_invoices'} "
                "where status in ('finalized', 'void')) as published using (invoice_id)"
            ).fetchall()
    except duckdb.Error as error:
        raise PublishError(
            f"The mart invoices in {folder} cannot be read ({error}), so nothing was done. Make "
            "the marts again first: meterhouse run --again"
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
            published = mart_sql(marts, "invoices")
            con.execute(f"create view draft_invoices as from {published} where status = 'draft'")
            _view_money(con, published or "published_invoices")
            # Marts of an earlier release may be without it.
            repeating = {
                mart: column
                for mart, column in STATUS_COLUMNS.items()
                if (rows := mart_sql(marts, mart))
                and column in con.sql(f"from {rows} limit 0").columns
            }

            def write(writer: MartWriter) -> None:
                writer.whole("credit_notes", model_sql("credit_notes", "marts"))
                touched = _write_invoices(con, writer, marts)
                for mart, column in repeating.items():
                    _write_repeating(writer, marts, mart, column, touched)

            return publish_changed(con, home, write, {*MODELS, *repeating})
    except duckdb.Error as error:
        raise PublishError(
            f"The marts that are published cannot be read ({error}); they stay as they are. "
            "The next run makes them again: meterhouse run"
        ) from error


def _write_invoices(con: duckdb.DuckDBPyConnection, writer: MartWriter, marts: Path) -> set[str]:
    """The mart invoices, by the model over the ledger; the parts that it changed."""
    query = model_sql("invoices", "marts")
    if not _parts(marts, "invoices"):
        writer.whole("invoices", query)
        return set()
    con.execute(f"create temp table now_invoices as {query}")
    part = f"if(status = 'draft', '{DRAFTS}', strftime(issue_on, '%Y-%m'))"
    rows = con.execute(f"select distinct {part} from now_invoices order by all").fetchall()
    names = [*(name for (name,) in rows if name != DRAFTS), DRAFTS]
    try:
        changed = con.execute(
            f"select distinct {part} from "
            f"(from now_invoices except all from {mart_sql(marts, 'invoices')})"
        ).fetchall()
        touched = {name for (name,) in changed}
    except duckdb.BinderException:
        # Of a release with other columns.
        touched = set(names)
    writer.in_parts(
        "invoices",
        _as_noted(writer, "invoices", names, touched),
        lambda wanted, _: f"from now_invoices where {part} = '{wanted.name}'",
    )
    return touched


def _view_money(con: duckdb.DuckDBPyConnection, published: str) -> None:
    """What the model asks beside the ledger, as the last run knew it (S-72)."""
    # The model's column, by those of the mart. Of a void invoice, and of one that asks for nothing,
    # it is no matter whether it counts as paid.
    of_money = {
        "payment_states": {
            "payment_status": "payment_status",
            "paid_on": "paid_on",
            "amount_received": "amount_received",
            "is_settled": "amount_due = 0",
        },
        "sent_invoices": {name: name for name in ("sent_at", "provider", "provider_invoice_id")},
    }
    there = set(con.sql(f"from {published} limit 0").columns)
    # Marts of an earlier release are without them.
    missing = {
        "paid_on": "null::date",
        "sent_at": "null::timestamptz",
        "amount_received": "null::decimal(20, 4)",
        "is_settled": "false",
    }
    for name, columns in of_money.items():
        shown = (
            f"{value if value.split()[0] in there else missing.get(column, 'null::varchar')} "
            f"as {column}"
            for column, value in columns.items()
        )
        con.execute(
            f"create view {name} as select invoice_id, {', '.join(shown)} from {published} "
            "where status <> 'draft'"
        )


def _write_repeating(
    writer: MartWriter, marts: Path, mart: str, column: str, touched: set[str]
) -> None:
    """A mart with its invoices' status anew, each part from what is published of it."""

    def query(published: str) -> str:
        return WITH_STATUS.format(column=column, published=published)

    files = _parts(marts, mart)
    if not files:
        writer.whole(mart, query(mart_sql(marts, mart) or ""))
        return
    # Parts of the ledger of commits are by other dates than those of the invoices.
    changed = touched if mart in OF_INVOICES else set(files)
    writer.in_parts(
        mart,
        _as_noted(writer, mart, list(files), changed),
        lambda part, _: query(f"read_parquet({literal(files[part.name])})"),
    )


def _parts(marts: Path, mart: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted((marts / PARTS / mart).glob("*.parquet"))}


def _as_noted(writer: MartWriter, mart: str, names: list[str], touched: set[str]) -> list[Part]:
    """These parts, each made of what it is published from unless it is touched."""
    noted = writer.states_before.get(mart, {})
    return [
        Part(name, "", noted[name].made_of if name in noted and name not in touched else None)
        for name in names
    ]
