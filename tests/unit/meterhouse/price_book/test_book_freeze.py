"""The frozen copy: one directory for each content, whole or not there, never written again.

Guards against a digest that depends on how a file is written, and against half a book.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from meterhouse.price_book import freeze, load_price_book, read_frozen, verify_frozen
from tests.unit.meterhouse.price_book.conftest import LOOKUPS, METRICS


def test_the_digest_is_of_the_content(load: Callable, seeds: Path) -> None:
    before = load().digest
    header, *lines = (seeds / "rates.csv").read_text().splitlines()
    (seeds / "rates.csv").write_text("\n".join([header, *reversed(lines)]))
    assert load().digest == before
    (seeds / "commit_invoices.csv").write_text("invoice_on,commit_id,amount\n2026-01-01,k1,90.00\n")
    assert load().digest == before
    # What is written out is what would have been the default.
    assert load(("contracts", 0, {"net_payment_days": "30"})).digest == before


def test_the_digest_is_the_same_in_every_release(load: Callable, seeds: Path) -> None:
    """A frozen book is found and verified by it for as long as its invoices are kept."""
    assert load().digest == "8a21c2adaacaa12eb7fa7aae0f2591edb43268501df06961dc10d595fc2c3b17"
    # a book of a release that did not know this table
    (seeds / "period_limits.csv").unlink()
    book = load_price_book(seeds, METRICS, LOOKUPS)
    assert book.digest == "9562202a92e4ecb9b626c29d2864e64b9d711ba20683d7c50e930c93bba7de45"


@pytest.mark.parametrize(
    "edit",
    [
        ("rates", 0, {"price": "1.5000000001"}),
        ("customers", 0, {"name": "Acme "}),
        ("model_weights", 0, {"weight": "1.26"}),
        ("contracts", 0, {"ending_before": "2030-01-01"}),
    ],
)
def test_another_content_has_another_digest(load: Callable, edit: tuple) -> None:
    assert load().digest != load(edit).digest


def test_a_book_is_frozen_once(load: Callable, tmp_path: Path) -> None:
    book = load()
    directory = freeze(book, tmp_path)
    assert directory == tmp_path / "price_books" / book.digest
    stamps = {path: path.stat().st_mtime_ns for path in directory.rglob("*.parquet")}
    assert len(stamps) == len(book.tables) + len(book.lookups)
    assert freeze(load(), tmp_path) == directory
    assert {path: path.stat().st_mtime_ns for path in directory.rglob("*.parquet")} == stamps
    assert [path.name for path in directory.parent.iterdir()] == [book.digest]
    assert verify_frozen(tmp_path, book.digest) == []


def test_the_frozen_tables_are_typed_and_without_row_numbers(
    load: Callable, tmp_path: Path
) -> None:
    book = load()
    freeze(book, tmp_path)
    frozen = read_frozen(tmp_path, book.digest)
    rates = duckdb.read_parquet(str(frozen.tables["rates"]))
    assert rates.columns == book.tables["rates"]
    types = dict(zip(rates.columns, map(str, rates.types), strict=True))
    assert types["price"] == "DECIMAL(20,10)"
    assert types["package_size"] == "DECIMAL(28,10)"
    assert types["starting_on"] == "DATE"
    assert duckdb.read_parquet(str(frozen.lookups["model_weights"])).fetchall()[0][0] == "a"


def test_a_failure_leaves_nothing_behind(
    load: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = load()

    def full_disk(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        freeze(book, tmp_path)
    assert list((tmp_path / "price_books").iterdir()) == []
    monkeypatch.undo()
    assert verify_frozen(tmp_path, freeze(book, tmp_path).name) == []


def test_a_changed_or_missing_copy_is_found(load: Callable, tmp_path: Path) -> None:
    book = load()
    path = freeze(book, tmp_path) / "customers.parquet"
    duckdb.sql("select 'acme' as customer_id, 'Other' as name").to_parquet(str(path))
    [finding] = verify_frozen(tmp_path, book.digest)
    assert "customers.parquet has other bytes than were frozen" in finding
    path.write_bytes(b"PAR1")
    assert len(verify_frozen(tmp_path, book.digest)) == 1
    with pytest.raises(FileNotFoundError, match="backup"):
        read_frozen(tmp_path, "0" * 64)
