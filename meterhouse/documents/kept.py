"""Documents that are kept: a log with what each says and the digests of its files, and the files.

A document is one row with all of its formats, so it is never half there. Its files lie beside the
table under their SHA-256, written before the row. Nothing of it ever changes.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from meterhouse.documents.errors import DocumentError
from raw_events.common.files import file_sha256, replaced_file, sync_path
from raw_events.log.append_only import AppendOnlyTable

RENDERED, HELD = "rendered", "held"
INVOICE, CREDIT_NOTE = "invoice", "credit_note"
_INSTANT = pa.timestamp("us", "UTC")

# `record` is rendered, or held with the reason in `detail`. `document_id` is our number of the
# invoice or credit note, `number` the one on paper. `content` is what the document says (JSON), of
# which `files` (JSON: format, name, sha256, size) were made by `renderer` (JSON: versions).
DOCUMENTS = pa.schema(
    [
        pa.field("record", pa.string(), nullable=False),
        pa.field("document_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("invoice_id", pa.string(), nullable=False),
        pa.field("number", pa.string()),
        pa.field("customer_id", pa.string()),
        pa.field("seller_id", pa.string()),
        pa.field("price_book", pa.string()),
        pa.field("content", pa.string()),
        pa.field("content_sha256", pa.string()),
        pa.field("files", pa.string()),
        pa.field("renderer", pa.string()),
        pa.field("detail", pa.string()),
        pa.field("recorded_at", _INSTANT, nullable=False),
    ]
)


@dataclass(frozen=True)
class KeptFile:
    """A file of a document: its format (pdf, xlsx, xml), the name to save it under, its digest."""

    format: str
    name: str
    sha256: str
    size: int


def documents_table(home: Path) -> AppendOnlyTable:
    """The log of a data directory: $METERHOUSE_HOME/documents."""
    return AppendOnlyTable(
        home, "documents", DOCUMENTS, "Documents of final invoices, and what each says."
    )


def view_documents(con: duckdb.DuckDBPyConnection, home: Path) -> None:
    """A view `documents` of all rows of the log. Raises LogDamaged."""
    con.execute("set TimeZone = 'UTC'")
    con.execute(f"create or replace temp view documents as from {documents_table(home).source()}")


def keep_file(home: Path, format: str, name: str, data: bytes) -> KeptFile:
    """Put a file into its place, durably; one that is there already is left as it is."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = file_path(home, sha256, format)
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replaced_file(path) as temporary:
            temporary.write_bytes(data)
        sync_path(path.parent)
    return KeptFile(format, name, sha256, len(data))


def file_path(home: Path, sha256: str, format: str) -> Path:
    """Where a file with that digest lies."""
    return Path(home) / "documents" / "_files" / sha256[:2] / f"{sha256}.{format}"


def kept_bytes(home: Path, file: KeptFile) -> bytes:
    """The file as it was rendered. Raises DocumentError if it is missing or another one."""
    path = file_path(home, file.sha256, file.format)
    if not path.is_file() or file_sha256(path) != file.sha256:
        raise DocumentError(
            f"{path} ({file.name}) is missing or not what was rendered: restore "
            f"{path.parents[2]} from a backup."
        )
    return path.read_bytes()


def files_of(text: str | None) -> list[KeptFile]:
    """The column `files` as it is meant."""
    return [KeptFile(**file) for file in json.loads(text or "[]")]


def compact(value: Any) -> str:
    """JSON whose bytes follow from the value alone."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def row_of(
    record: str, due: Any, now: datetime, content: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A row of the log about a `Due` document."""
    text = compact(content) if content is not None else None
    return {
        "record": record,
        "document_id": due.document_id,
        "kind": due.kind,
        "invoice_id": due.invoice_id,
        "number": content["number"] if content else None,
        "customer_id": due.customer_id,
        "seller_id": due.seller_id,
        "price_book": due.price_book,
        "content": text,
        "content_sha256": hashlib.sha256(text.encode()).hexdigest() if text else None,
        "recorded_at": now,
        **more,
    }
