"""A reader in a loop over the marts: guards against an error, or a mixture of two runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

# What one read says. The sums of two marts agree only if both are of one run.
STATE = """
    select
        (select list((invoice_id, status, total) order by invoice_id) from '{0}/invoices.parquet'),
        (select sum(total) from '{0}/invoices.parquet'),
        (select sum(amount) from '{0}/invoice_lines.parquet'),
        (select max(usage_date) from '{0}/usage_daily.parquet'),
"""


def state(home: Path) -> tuple:
    """What the marts say now, read as docs/interface.md says: the link is followed once."""
    with duckdb.connect() as con:
        return con.execute(STATE.format((home / "marts").resolve())).fetchall()[0]


class Reader(threading.Thread):
    """Reads again and again until `stop` is set."""

    def __init__(self, home: Path):
        super().__init__(daemon=True)
        self.home, self.stop = home, threading.Event()
        self.reads, self.seen, self.errors = 0, {}, []

    def run(self) -> None:
        while not self.stop.wait(0.05):
            try:
                found = state(self.home)
            except duckdb.Error as error:
                self.errors.append(str(error))
                continue
            self.seen[repr(found)] = found
            self.reads += 1


@contextmanager
def reading(home: Path, record_property, least: int = 20) -> Iterator[set[str]]:
    """Reads `home` meanwhile; every read must be what was there before, or what is there after.

    Gives the set of what is allowed, for a body that publishes more than once.
    """
    allowed = {repr(state(home))}
    reader = Reader(home)
    reader.start()
    try:
        yield allowed
    finally:
        reader.stop.set()
        reader.join()
    allowed.add(repr(state(home)))
    assert reader.errors == []
    assert reader.seen.keys() <= allowed, reader.seen.keys() - allowed
    assert all(total == amount for _, total, amount, _ in reader.seen.values()), reader.seen
    assert reader.reads >= least
    record_property("reads of the marts without an error or a mixture", reader.reads)
