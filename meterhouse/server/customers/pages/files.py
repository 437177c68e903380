"""The same pages as files, a folder a customer, for whoever serves or sends them himself."""

import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from meterhouse.common.errors import UsageError
from meterhouse.html.static import STATIC
from meterhouse.server.customers.lists import LISTS
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.own import Own
from meterhouse.server.customers.pages.data import listed, slug_of
from meterhouse.server.customers.pages.render import PAGES, page
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.values import csv_of

# Lists that pages offer as files.
EXPORTS = ("usage", "spend", "invoices", "invoice-lines")
MOST_ROWS = 200_000
_ALL = "select distinct customer_id from {book.customers} order by customer_id"


def export(own: Own, name: str) -> bytes:
    """A whole list as CSV. Raises Refused (413) beyond MOST_ROWS."""
    of = LISTS[name]
    rows = of.rows(own, dict.fromkeys(of.asks), MOST_ROWS + 1, 0)
    if len(rows) > MOST_ROWS:
        raise Refused(
            413,
            f"This file would have more than {MOST_ROWS:,} rows. The customer API has them page by "
            f"page: /customer/v1/{name}",
        )
    return csv_of(rows, of.columns(own))


def write_pages(
    home: Path, out: Path, customers: Iterable[str], said: Callable[[str, int], None]
) -> int:
    """Write the pages of these customers, or of all, below `out`; how many customers it were.

    `said` hears of each and its number of files. Raises UsageError where nothing is published.
    """
    memory = Memory(home)
    try:
        memory.load()
        wanted = list(customers) or [
            row["customer_id"] for row in memory.engine.answer_now(lambda reader: reader.rows(_ALL))
        ]
        _copy_static(out / "static")
        for customer in wanted:
            folder = out / quote(customer, safe=" ")
            folder.mkdir(parents=True, exist_ok=True)
            said(customer, memory.answer_now(customer, partial(_write, folder)))
    except Refused as error:
        raise UsageError(error.message) from error
    finally:
        memory.close()
    return len(wanted)


def _write(folder: Path, own: Own) -> int:
    names = [*PAGES, *(f"invoice-{slug_of(row['invoice_id'])}" for row in listed(own, "invoices"))]
    for name in names:
        (folder / f"{name}.html").write_text(page(own, name) or "", "utf-8")
    for name in EXPORTS:
        (folder / f"{name}.csv").write_bytes(export(own, name))
    return len(names) + len(EXPORTS)


def _copy_static(into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for path in sorted(STATIC.iterdir()):
        shutil.copyfile(path, into / path.name)
