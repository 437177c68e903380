"""One publication to export: its marts as SQL, its name; nothing of it may go away (S-79)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import duckdb

from meterhouse.common.instants import instant_text
from meterhouse.common.mart_files import mart_names, mart_of
from meterhouse.exports.errors import ExportError, ExportRefused
from meterhouse.price_book.freeze import read_frozen
from meterhouse.server.reading.errors import PublicationGone, Refused
from meterhouse.server.reading.publication import current_publication
from raw_events.common.sql import identifier, literal, literals
from raw_events.common.text import shown

Made = TypeVar("Made")
# A publication is kept while three runs publish; one that takes longer begins again with the next.
TRIES = 3
# Of a file that says of which publication the others beside it are.
MARK = "publication.json"


@dataclass(frozen=True)
class Published:
    """A publication. `name` is of this content alone; `marts`: name → SQL to select from."""

    name: str
    as_of: datetime
    price_book: str
    marts: dict[str, str]
    con: duckdb.DuckDBPyConnection

    def columns(self, mart: str) -> dict[str, str]:
        """Column → DuckDB type of a mart, in its order."""
        found = self.con.execute(f"describe from {self.marts[mart]}").fetchall()
        return {str(name): str(kind) for name, kind, *_ in found}

    def described(self) -> dict[str, str]:
        """What names the publication, as texts."""
        return {
            "publication": self.name,
            "as_of": instant_text(self.as_of),
            "price_book": self.price_book,
        }


def with_publication(home: Path, work: Callable[[Published], Made]) -> Made:
    """What `work` makes of what is published now; once more if it was removed meanwhile.

    `work` must leave nothing behind that a reader could take for whole when it is interrupted.
    Raises ExportError if nothing is published or it cannot be read.
    """
    for _ in range(TRIES):
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            try:
                return work(_open(con, home))
            except Refused as error:
                if isinstance(error, PublicationGone):
                    continue
                raise ExportError(f"Nothing was exported: {error}") from error
            except duckdb.IOException as error:
                if "No files found" in str(error) or "No such file" in str(error):
                    continue
                raise ExportError(f"Nothing was exported: {error}") from error
    raise ExportError(
        f"Nothing was exported: of {TRIES} publications each was removed while it was read, because"
        " runs follow each other faster than that. Export again, or pause the runs."
    )


def _open(con: duckdb.DuckDBPyConnection, home: Path) -> Published:
    at = current_publication(con, home)
    marts = {}
    for mart in sorted({mart_of(name) for name in at.files if name.endswith(".parquet")}):
        files = [at.folder / name for name in mart_names(at.files, mart)]
        marts[mart] = f"read_parquet([{literals(files)}])"
    return Published(at.name, at.as_of, at.price_book, marts, con)


def check_customer(home: Path, published: Published, customer: str) -> None:
    """Raises ExportRefused if neither price book nor invoices of the publication have that id."""
    path = read_frozen(home, published.price_book).tables["customers"]
    for source in (f"read_parquet({literal(path)})", published.marts["invoices"]):
        known = f"select 1 from {source} where customer_id = $1 limit 1"
        if published.con.execute(known, [customer]).fetchall():
            return
    raise ExportRefused(
        f"{shown(customer)} is no customer of customers.csv, as it was published last, and no "
        "invoice is theirs."
    )


def no_formula(text: str) -> str:
    """SQL of a text with an apostrophe before it where a spreadsheet would compute it.

    A spreadsheet takes what begins with = + - @ (also as wide as a Chinese letter), a tab or a line
    break for a formula, and an apostrophe for the sign that says text (decision 0203).
    """
    begins = f"regexp_matches({text}, '^[=+@\\t\\r\\n''＝＋－＠-]')"
    return f"case when {begins} then concat('''', {text}) else {text} end"


def plain_columns(columns: dict[str, str], escape: bool, nul: bool = True) -> str:
    r"""A select list: lists and structs as JSON text; with `escape` no text is a formula, without
    `nul` a NUL character is `\x00`.
    """
    selected = []
    for name, kind in columns.items():
        column = identifier(name)
        if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP")):
            column, kind = f"to_json({column})::varchar", "VARCHAR"
        if escape and kind == "VARCHAR":
            column = no_formula(column)
        if not nul and kind == "VARCHAR":
            column = f"replace({column}, chr(0), '\\x00')"
        selected.append(f"{column} as {identifier(name)}")
    return ", ".join(selected)
