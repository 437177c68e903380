"""A deprecation date of a metric version warns, then fails; guards against a silent end of use."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from meterhouse.metrics.deprecation import check_deprecated, deprecation_dates
from meterhouse.price_book import PriceBook, PriceBookError, load_price_book
from tests.long.preview_case import SEEDS, write_seeds

LAST = {("llm_tokens", 1): date(2026, 3, 1)}


def at(day: int, month: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> PriceBook:
    return load_price_book(write_seeds(tmp_path / "seeds"), None, {})


def moved(tmp_path: Path, on: str) -> PriceBook:
    """The price book whose product leaves version 1 on that day."""
    rows = SEEDS["product_metrics"] + f"tokens,llm_tokens,2,{on}\n"
    return load_price_book(write_seeds(tmp_path / on, product_metrics=rows), None, {})


def test_before_the_day_a_run_warns(book: PriceBook):
    [warning] = check_deprecated(book, at(28, 2), LAST)
    assert "product tokens uses llm_tokens version 1" in warning and "2026-03-01" in warning


def test_from_the_day_on_it_fails(book: PriceBook):
    with pytest.raises(PriceBookError) as refused:
        check_deprecated(book, at(1, 3), LAST)
    [problem] = refused.value.problems
    assert (problem.file, problem.row, problem.rule) == (
        *("product_metrics.csv", 2),
        "deprecated_metric",
    )


def test_a_product_that_moves_on_in_time_is_fine(tmp_path: Path):
    book = moved(tmp_path, "2026-03-01")
    for moment in (at(1, 2), at(1, 3), at(1, 6)):
        assert check_deprecated(book, moment, LAST) == []


def test_one_that_moved_late_is_fine_afterwards(tmp_path: Path):
    book = moved(tmp_path, "2026-03-10")
    assert len(check_deprecated(book, at(1, 2), LAST)) == 1
    with pytest.raises(PriceBookError):
        check_deprecated(book, at(9, 3), LAST)
    assert check_deprecated(book, at(10, 3), LAST) == []


def test_dates_are_read_from_the_versions(tmp_path: Path):
    folder = tmp_path / "models" / "metrics" / "m"
    folder.mkdir(parents=True)
    (folder / "_m__models.yml").write_text(
        "models:\n  - name: m\n    versions:\n      - v: 1\n        deprecation_date: 2026-03-01\n"
        "      - v: 2\n        deprecation_date: 2026-04-01T00:00:00Z\n      - v: 3\n",
        "utf-8",
    )
    assert deprecation_dates(tmp_path) == {
        ("m", 1): date(2026, 3, 1),
        ("m", 2): date(2026, 4, 1),
    }
