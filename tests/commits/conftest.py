"""One random book for all tests of this folder, and a warehouse in which all periods are open."""

from pathlib import Path

import pytest

from tests.commits.book import make_book
from tests.commits.mini_warehouse import CONTRACTS, run_book


@pytest.fixture(scope="session")
def book() -> dict[str, list[dict]]:
    return make_book(CONTRACTS, seed=5)


@pytest.fixture(scope="session")
def drafts(book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mini_warehouse")
    run_book(home, book)
    return home
