"""A price book checked today is not read again; guards against a check that is left out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterhouse.price_book import PriceBookError
from meterhouse.warehouse import checked_book
from meterhouse.warehouse.checked_book import CheckedBook, check_price_book
from tests.long.preview_case import SEEDS, write_seeds

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = write_seeds(tmp_path / "seeds")
    monkeypatch.setenv("METERHOUSE_SEEDS", str(folder))
    return folder


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were read and checked as a whole."""
    read: list[Path] = []
    really = checked_book.load_price_book

    def load(folder: Path, *rest: object) -> object:
        read.append(folder)
        return really(folder, *rest)

    monkeypatch.setattr(checked_book, "load_price_book", load)
    return read


def check(tmp_path: Path, as_of: datetime = NOON, confirmed: tuple[str, ...] = ()) -> CheckedBook:
    (tmp_path / "home").mkdir(exist_ok=True)
    return check_price_book(tmp_path / "home", as_of, confirmed)


def test_the_same_book_on_the_same_day_is_read_once(tmp_path: Path, seeds: Path, reads: list[Path]):
    first = check(tmp_path)
    assert check(tmp_path, NOON + timedelta(hours=11)) == first
    assert reads == [seeds]


def test_an_edit_is_read(tmp_path: Path, seeds: Path, reads: list[Path]):
    first = check(tmp_path)
    renamed = SEEDS["customers"].replace("Acme", "Acme Ltd")
    (seeds / "customers.csv").write_text(renamed, "utf-8")
    assert check(tmp_path).frozen.digest != first.frozen.digest
    (seeds / "rates.csv").write_text("rate_id\n", "utf-8")
    with pytest.raises(PriceBookError):
        check(tmp_path)
    # What failed is not kept as known.
    with pytest.raises(PriceBookError):
        check(tmp_path)
    assert len(reads) == 4


def test_another_day_and_a_removed_copy_are_checked_anew(
    tmp_path: Path, seeds: Path, reads: list[Path]
):
    first = check(tmp_path)
    check(tmp_path, NOON + timedelta(days=1))
    first.frozen.path.rename(tmp_path / "elsewhere")
    again = check(tmp_path, NOON + timedelta(days=1))
    assert again == first and len(reads) == 3
    assert (again.frozen.path / "rates.parquet").is_file()


def test_what_was_confirmed_once_is_asked_again(tmp_path: Path, seeds: Path, reads: list[Path]):
    # More than a hundred years of months.
    far = NOON.replace(year=2150)
    with pytest.raises(PriceBookError, match="too_many_periods"):
        check(tmp_path, far)
    check(tmp_path, far, ("acme-1", "beta-1", "quiet-2"))
    with pytest.raises(PriceBookError, match="too_many_periods"):
        check(tmp_path, far)
