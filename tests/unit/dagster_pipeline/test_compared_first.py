"""A run compares the ledger's tables before it reads them (S-48).

Guards against a price book that is refused, or taken, because of final invoices that somebody
edited in the warehouse.
"""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from dagster_pipeline.defs.resources import Clock, Warehouse
from dagster_pipeline.defs.warehouse import assets


class ReachedError(Exception):
    """The price book is about to be checked."""


def test_the_ledger_is_compared_before_the_price_book_is_checked_against_it(monkeypatch, tmp_path):
    called: list[str] = []

    @contextmanager
    def warehouse(path):
        yield None

    def check(book, con) -> None:
        raise ReachedError

    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    monkeypatch.setattr(assets, "open_warehouse", warehouse)
    monkeypatch.setattr(assets, "load_price_book", lambda *given: SimpleNamespace(warnings=[]))
    monkeypatch.setattr(assets, "check_against_ledger", check)
    for name in ("renew_altered_ledger", "sync_ledger"):
        monkeypatch.setattr(assets, name, lambda con, home, name=name: called.append(name))
    with pytest.raises(ReachedError):
        list(assets.inputs(assets.RunConfig(), Clock(), Warehouse()))
    assert called == ["renew_altered_ledger", "sync_ledger"]
