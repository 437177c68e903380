"""The same pages as files, a folder a customer, for whoever serves or sends them himself."""

import shutil
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from urllib.parse import quote

from meterhouse.common.errors import UsageError
from meterhouse.common.instants import instant_text
from meterhouse.exports.folders import replaced_folder
from meterhouse.html.static import STATIC
from meterhouse.server.customers.documents import Documents
from meterhouse.server.customers.lists import LISTS
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.own import Own
from meterhouse.server.customers.pages.data import listed, slug_of
from meterhouse.server.customers.pages.render import PAGES, page
from meterhouse.server.reading.errors import PublicationGone, Refused
from meterhouse.server.reading.values import csv_of

# Lists that pages offer as files.
EXPORTS = ("usage", "spend", "invoices", "invoice-lines")
MOST_ROWS = 200_000
STATIC_FOLDER = "static"
# Letters of a folder's name: disks take 255, and a draft beside it needs some more.
_LONGEST = 200
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

    All are of one publication, and a customer's folder takes the place of the one before as a
    whole. `said` hears of each and its number of files. Raises UsageError where nothing is
    published, ExportRefused for a folder that has something else in it.
    """
    memory = Memory(home)
    try:
        memory.load()
        at, known = memory.engine.answer_now(lambda reader: (reader.at.name, reader.rows(_ALL)))
        wanted = list(customers) or [row["customer_id"] for row in known]
        _copy_static(out / STATIC_FOLDER)
        for customer in wanted:
            folder = out / folder_name(customer)
            said(
                customer, memory.answer_now(customer, partial(_write, folder, memory.documents), at)
            )
    except PublicationGone as error:
        raise UsageError(
            "Runs have published three times while pages were written, so those of all customers "
            "are not of one moment. Write them again."
        ) from error
    except Refused as error:
        raise UsageError(error.message) from error
    finally:
        memory.close()
    return len(wanted)


def folder_name(customer: str) -> str:
    """The folder of a customer's pages: no id leads out of it, into `static` or to another's."""
    name = quote(customer, safe=" ")
    if name.startswith(".") or name == STATIC_FOLDER:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    # Of a name that the disk does not take the beginning, and what tells it from others.
    return name if len(name) <= _LONGEST else f"{name[:100]}-{slug_of(customer)}"


def _write(folder: Path, documents: Documents, own: Own) -> int:
    names = [*PAGES, *(f"invoice-{slug_of(row['invoice_id'])}" for row in listed(own, "invoices"))]
    mark = {
        "publication": own.at.name,
        "as_of": instant_text(own.at.as_of),
        "form": "pages",
        "customer_id": own.customer,
    }
    with replaced_folder(folder, mark) as draft:
        for name in names:
            (draft / f"{name}.html").write_text(page(own, name) or "", "utf-8")
        for name in EXPORTS:
            (draft / f"{name}.csv").write_bytes(export(own, name))
        kept = [(one, file) for one in own.documents.all for file in one.files]
        for document, file in kept:
            place = draft / document.file_name(file.format)
            place.write_bytes(documents.content(file))
    return len(names) + len(EXPORTS) + len(kept)


def _copy_static(into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for path in sorted(STATIC.iterdir()):
        shutil.copyfile(path, into / path.name)
