"""Which documents of final invoices are kept (S-78), by customer; their bytes as rendered.

A document is of the customer that its invoice names. One that is nobody's is shown to nobody.
"""

import base64
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
from deltalake.exceptions import DeltaError

from meterhouse.documents.errors import DocumentError
from meterhouse.documents.kept import (
    RENDERED,
    KeptFile,
    documents_table,
    files_of,
    kept_bytes,
    view_documents,
)
from meterhouse.server.reading.errors import Refused
from raw_events.common.errors import LogDamaged

LOG = logging.getLogger(__name__)

KINDS = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
}
_ALL = f"""
    select document_id, kind, invoice_id, customer_id, files
    from documents
    where record = '{RENDERED}' and customer_id is not null
    order by document_id
"""


@dataclass(frozen=True)
class Document:
    """A rendered invoice or credit note: its number, and its files, one of each format."""

    document_id: str
    kind: str
    invoice_id: str
    files: tuple[KeptFile, ...]

    def file_name(self, format: str) -> str:
        """What a file is called beside pages; ids may have any character."""
        text = self.document_id.encode("utf-8", "surrogatepass")
        return f"document-{hashlib.sha256(text).hexdigest()[:16]}.{format}"

    def file(self, format: str) -> KeptFile | None:
        """Its file of a format."""
        return next((file for file in self.files if file.format == format), None)

    def told(self) -> dict[str, Any]:
        """For the API."""
        files = [asdict(file) for file in self.files]
        return {"document_id": self.document_id, "kind": self.kind, "files": files}


@dataclass(frozen=True)
class Listed:
    """A customer's documents as of a `version` of the log."""

    version: int = -1
    all: Sequence[Document] = ()

    def of_invoice(self, invoice_id: str) -> list[Document]:
        """Those of an invoice: itself, and its credit note."""
        return [one for one in self.all if one.invoice_id == invoice_id]


class Documents:
    """The documents of a data directory, as of the last `refresh`; none where nobody renders."""

    def __init__(self, home: Path):
        self._home = Path(home)
        self._known: tuple[int, dict[str, list[Document]]] = (-1, {})

    def refresh(self) -> None:
        """Read what was rendered since. Where the log cannot be read, what was known stands."""
        version = documents_table(self._home).version()
        if version == self._known[0]:
            return
        found: dict[str, list[Document]] = {}
        try:
            with duckdb.connect() as con:
                view_documents(con, self._home)
                for id, kind, invoice, customer, files in con.execute(_ALL).fetchall():
                    document = Document(id, kind, invoice, tuple(files_of(files)))
                    found.setdefault(customer, []).append(document)
        except (LogDamaged, OSError, DeltaError, duckdb.Error):
            LOG.exception("Documents cannot be read; those that were known are shown")
            return
        self._known = version, found

    def of(self, customer: str) -> Listed:
        """The customer's documents."""
        version, known = self._known
        return Listed(version, known.get(customer, ()))

    def content(self, file: KeptFile) -> bytes:
        """The bytes that were rendered. Raises Refused (503) if they are gone or others."""
        try:
            return kept_bytes(self._home, file)
        except (DocumentError, OSError) as error:
            LOG.error("%s", error)
            raise Refused(503, f"{file.name} cannot be read at present.", 60) from error


def headers_of(file: KeptFile) -> dict[str, str]:
    """A file to save under its name; its digest, so that whoever has it can compare."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_"
        for letter in file.name
    )
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return {
        "Content-Disposition": f'attachment; filename="{plain}"',
        "Repr-Digest": f"sha-256=:{digest}:",
    }
