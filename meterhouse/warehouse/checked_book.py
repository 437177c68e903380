"""The price book of a run: read, checked and frozen; not anew when all of that is known already.

Reading and checking costs what the price book has in rows, however few events are new. A book whose
files, metrics and code are the same as at a run of the same day, against the same ledger, passes
the same checks, so the data directory keeps what came out of them (`checked_price_book.json`).
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from meterhouse.common.code_version import add_file, folder_digest
from meterhouse.common.settings import PROJECT, seeds
from meterhouse.ledger.stored import renew_altered_ledger
from meterhouse.ledger.sync import sync_ledger
from meterhouse.metrics.deprecation import check_deprecated
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.price_book import (
    FrozenBook,
    check_against_ledger,
    check_periods_at_once,
    freeze,
    load_price_book,
    warning_lines,
)
from meterhouse.price_book.book import Lookups, Metrics
from meterhouse.warehouse.database import open_warehouse
from raw_events.common.files import replaced_file

FILE = "checked_price_book.json"


@dataclass(frozen=True)
class CheckedBook:
    """A valid price book, frozen. `lines` are its warnings for people, of `warnings` rows."""

    frozen: FrozenBook
    warnings: int
    lines: list[str]


def check_price_book(home: Path, as_of: datetime, confirmed: Collection[str] = ()) -> CheckedBook:
    """Check the price book (S-46) against itself, the ledger and the day of `as_of`, and freeze it.

    `confirmed` are contracts that may make more than 1,200 billing periods at once (S-52). Raises
    PriceBookError with every problem found.
    """
    metrics, lookups = metric_group_keys(), lookup_columns()
    of = _digest_of_files(seeds(), metrics, lookups)
    with open_warehouse(home) as con:
        renew_altered_ledger(con, home)
        asked = {"of": of, "day": str(as_of.date()), "ledger_version": sync_ledger(con, home)}
        # What was confirmed for one run is asked again at the next.
        known = None if confirmed else _known(home, asked)
        if known:
            return known
        book = load_price_book(seeds(), metrics, lookups)
        check_against_ledger(book, con)
        check_periods_at_once(book, con, as_of, confirmed)
    lines = [*warning_lines(book.warnings), *check_deprecated(book, as_of)]
    checked = CheckedBook(FrozenBook(book.digest, freeze(book, home)), len(book.warnings), lines)
    if not confirmed:
        _note(home, asked, checked)
    return checked


def _digest_of_files(folder: Path, metrics: Metrics, lookups: Lookups) -> str:
    """Names and bytes of the files, what is known of metrics and lookups, and the code."""
    digest = hashlib.sha256(folder_digest(PROJECT, ("meterhouse", "raw_events")).encode())
    declared = [
        (key, tuple(keys), getattr(keys, "adds_up", None), getattr(keys, "carries", None))
        for key, keys in sorted(metrics.items())
    ]
    tables = {name: dict(columns) for name, columns in lookups.items()}
    digest.update(repr((str(folder), duckdb.__version__, declared, tables)).encode())
    for path in sorted(folder.iterdir() if folder.is_dir() else []):
        if path.suffix.lower() in (".csv", ".parquet") and path.is_file():
            add_file(digest, folder, path)
    return digest.hexdigest()


def _known(home: Path, asked: dict[str, object]) -> CheckedBook | None:
    try:
        noted = json.loads((home / FILE).read_text("utf-8"))
        if noted["asked"] != asked:
            return None
        path = home / "price_books" / noted["price_book"]
        known = CheckedBook(FrozenBook(path.name, path), noted["warnings"], noted["lines"])
    except (OSError, ValueError, LookupError, TypeError):
        # None yet, or a damaged one: all is read and checked.
        return None
    # Somebody may have removed the frozen one; it is made again.
    return known if path.is_dir() else None


def _note(home: Path, asked: dict[str, object], checked: CheckedBook) -> None:
    noted = {
        "asked": asked,
        "price_book": checked.frozen.digest,
        "warnings": checked.warnings,
        "lines": checked.lines,
    }
    with replaced_file(home / FILE) as path:
        path.write_text(json.dumps(noted, indent=1) + "\n", "utf-8")
