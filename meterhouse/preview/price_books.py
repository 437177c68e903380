"""The price book of a preview: a copy of the current one, edited, or the one asked about."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import seeds
from meterhouse.ledger.sql import one_value
from meterhouse.metrics.declaration import rollup_of
from meterhouse.metrics.folders import folder_of
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.preview.errors import NothingToPreview
from meterhouse.price_book import FrozenBook, check_against_ledger, freeze, load_price_book
from meterhouse.warehouse.price_book_tables import load_price_books
from raw_events.common.sql import literal

# From `since` on, wherever the book points at the metric, it points at the version.
POINTERS = """
    copy (
        with validity as (
            select *, lead(starting_on) over (partition by product_id order by starting_on) as until
            from read_parquet({source})
        )
        select product_id, metric, $version::integer as version,
            greatest(starting_on, $since::date) as starting_on
        from validity where metric = $metric and coalesce(until, 'infinity') > $since::date
        union all
        select product_id, metric, version, starting_on
        from validity where metric <> $metric or starting_on < $since::date
        order by product_id, starting_on
    ) to {target} (format parquet)
"""


def current_digest(con: duckdb.DuckDBPyConnection) -> str:
    """The price book of the last run."""
    digest: str = one_value(con, "select price_book from inputs.run")
    return digest


def check_metric(metric: str, version: int) -> None:
    """NothingToPreview if the project has no such version; says which there are."""
    known = metric_group_keys()
    if (metric, version) in known:
        return
    versions = sorted(number for name, number in known if name == metric)
    if versions:
        raise NothingToPreview(
            f"Metric {metric} has no version {version}; it has {', '.join(map(str, versions))}. "
            f"Add `- v: {version}` to `versions` in "
            f"{folder_of(metric).path / metric / f'_{metric}__models.yml'} and the "
            f"file {metric}_v{version}.sql beside it."
        )
    names = sorted({name for name, _ in known})
    raise NothingToPreview(f"There is no metric {metric}. There are: {', '.join(names)}.")


def write_edited_book(
    con: duckdb.DuckDBPyConnection, home: Path, folder: Path, metric: str, version: int, since: date
) -> None:
    """Write the current book to `folder` with METRIC's products on `version` from `since` on.

    As Parquet files of a price book.
    """
    frozen = home / "price_books" / current_digest(con)
    folder.mkdir()
    for path in frozen.glob("*.parquet"):
        shutil.copy(path, folder)
    copy_lookups(frozen, folder)
    pointers = folder / "product_metrics.parquet"
    query = f"select count(*) from read_parquet({literal(pointers)}) where metric = ?"
    if not one_value(con, query, [metric]):
        raise NothingToPreview(
            f"No product points at {metric}, so no invoice would change. To see one under a new "
            "metric, point the product at it in product_metrics.csv of a copy of the price book: "
            "meterhouse preview --seeds DIR"
        )
    con.execute(
        POINTERS.format(
            source=literal(frozen / "product_metrics.parquet"), target=literal(pointers)
        ),
        {"metric": metric, "version": version, "since": since},
    )


def copy_lookups(frozen: Path, folder: Path) -> None:
    """Copy the lookup tables of METERHOUSE_SEEDS, those that are not there from the frozen book.

    A metric that nobody uses yet may join one that no run has read.
    """
    for lookup in lookup_columns():
        own = [path for path in seeds().glob(f"{lookup}.*") if path.suffix in (".csv", ".parquet")]
        for path in own or [frozen / "lookups" / f"{lookup}.parquet"]:
            if path.is_file():
                shutil.copy(path, folder)


def use_price_book(con: duckdb.DuckDBPyConnection, home: Path, scratch: Path, folder: Path) -> str:
    """Check the book in `folder` (S-46), freeze it in the scratch and make it the current one.

    Its digest. Raises PriceBookError for a book that a run would refuse as well.
    """
    book = load_price_book(folder, metric_group_keys(), lookup_columns())
    check_against_ledger(book, con)
    books = [FrozenBook(book.digest, freeze(book, scratch))]
    listed = con.execute("select price_book from inputs.price_books").fetchall()
    books += [
        FrozenBook(digest, home / "price_books" / digest)
        for (digest,) in listed
        if digest != book.digest
    ]
    load_price_books(con, books)
    con.execute("update inputs.run set price_book = ?", [book.digest])
    return book.digest


def declared_meta(project_manifest: dict[str, Any], metric: str, version: int) -> dict[str, Any]:
    """`config.meta` of a metric version: event types, group keys, how days roll up."""
    node = project_manifest["nodes"].get(f"model.meterhouse.{metric}.v{version}")
    if node is None:
        raise DbtProjectError(
            f"dbt does not know {metric} version {version}: is {metric}_v{version}.sql there?"
        )
    meta = node["config"]["meta"]
    return {**meta, "rollup": rollup_of(meta)}
