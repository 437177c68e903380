"""A run compares the ledger's tables before it reads them (S-48).

Guards against a price book that is refused, or taken, because of final invoices that somebody
edited in the warehouse.
"""

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from meterhouse.warehouse import checked_book


class ReachedError(Exception):
    """The price book is about to be checked."""


def test_the_ledger_is_compared_before_the_price_book_is_checked_against_it(monkeypatch, tmp_path):
    called: list[str] = []

    @contextmanager
    def warehouse(path):
        yield None

    def check(book, con) -> None:
        raise ReachedError

    monkeypatch.setattr(checked_book, "open_warehouse", warehouse)
    monkeypatch.setattr(checked_book, "load_price_book", lambda *given: SimpleNamespace())
    monkeypatch.setattr(checked_book, "check_against_ledger", check)
    for name in ("renew_altered_ledger", "sync_ledger"):
        monkeypatch.setattr(checked_book, name, lambda con, home, name=name: called.append(name))
    with pytest.raises(ReachedError):
        checked_book.check_price_book(tmp_path, datetime(2026, 3, 1, tzinfo=UTC))
    assert called == ["renew_altered_ledger", "sync_ledger"]
