"""Documents that are there, and what is wrong with them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.delivery.outbox import of_publication
from meterhouse.documents.due import has_sellers
from meterhouse.documents.errors import DocumentError
from meterhouse.documents.kept import (
    HELD,
    RENDERED,
    KeptFile,
    documents_table,
    files_of,
    kept_bytes,
    view_documents,
)
from meterhouse.documents.render import Renderer, versions
from meterhouse.ledger.numbers import as_credit_note_number, as_invoice_number
from meterhouse.server.reading.reader import Reader
from raw_events.common.errors import LogDamaged
from raw_events.common.text import shown

Row = dict[str, Any]
# What was held and rendered later is held no more.
_LAST = f"""
    select * from documents
    where
        record = '{RENDERED}'
        or document_id not in (select document_id from documents where record = '{RENDERED}')
    qualify row_number() over (partition by document_id order by recorded_at desc) = 1
    order by recorded_at desc, document_id desc
"""


@dataclass
class Checked:
    """How many documents were looked at, how many rendered again, and what is wrong."""

    documents: int = 0
    again: int = 0
    other_versions: int = 0
    problems: list[str] = field(default_factory=list)


def list_documents(home: Path, record: str | None, limit: int) -> tuple[list[Row], int]:
    """The last documents, each once, and how many there are; `record`: rendered or held alone."""
    rows = _rows(home, _LAST)
    found = [row for row in rows if record in (None, row["record"])]
    return found[:limit], len(found)


def why_none(home: Path, seeds: Path) -> str:
    """In a sentence: why a pass found nothing to render."""
    since = of_publication(home, _sellers_since)
    if since:
        return f"Every invoice that became final on {since} or later has its documents."
    if not (seeds / "sellers.csv").is_file():
        return f"{seeds} has no sellers.csv, so no invoice gets documents: docs/documents.md"
    return "sellers.csv is not in what is published yet; a run takes it: meterhouse run"


def _sellers_since(reader: Reader) -> date | None:
    if not has_sellers(reader):
        return None
    [row] = reader.rows("select min(starting_on) as since from {book.sellers}")
    since: date = row["since"]
    return since


def find_document(home: Path, asked: str) -> Row:
    """A rendered document by our number, the number on paper or the invoice's id.

    Raises DocumentError if there is none; one that is held says why.
    """
    ids = [asked, as_credit_note_number(asked) or as_invoice_number(asked)]
    rows = _rows(
        home,
        f"select * from ({_LAST}) where list_contains($ids, document_id) "
        "or number = $asked or (invoice_id = $asked and kind = 'invoice')",
        ids=ids,
        asked=asked,
    )
    if not rows:
        raise DocumentError(
            f"There is no document {shown(asked)}. Give a number of meterhouse documents list; "
            "drafts and invoices from before the seller's starting_on have none."
        )
    if rows[0]["record"] == HELD:
        raise DocumentError(f"{rows[0]['document_id']} is held: {rows[0]['detail']}")
    return rows[0]


def save_files(home: Path, row: Row, folder: Path) -> list[Path]:
    """Write the files of a document into `folder`; their paths. Raises DocumentError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in files_of(row["files"]):
        data = kept_bytes(home, file)
        path = folder / file.name
        path.write_bytes(data)
        written.append(path)
    return written


def verify_documents(home: Path, again: bool = False) -> Checked:
    """Whether every document is what was rendered; with `again` by rendering it once more.

    What other versions of the libraries rendered is not rendered again: its bytes would be others.
    """
    checked = Checked(problems=_entries(home))
    if checked.problems:
        return checked
    rows = _rows(home, f"select * from documents where record = '{RENDERED}' order by document_id")
    checked.documents = len(rows)
    for row in rows:
        if hashlib.sha256(row["content"].encode()).hexdigest() != row["content_sha256"]:
            checked.problems.append(f"{row['document_id']}: what it says was changed")
        for file in [*files_of(row["files"]), *_logo_of(row)]:
            try:
                kept_bytes(home, file)
            except DocumentError as error:
                checked.problems.append(f"{row['document_id']}: {error}")
    if again and rows:
        checked.problems += _rendered_again(home, rows, checked)
    return checked


def _logo_of(row: Row) -> list[KeptFile]:
    """The seller's picture, without which the page could not be rendered again."""
    logo = json.loads(row["content"])["seller"]["logo"]
    return [KeptFile(logo["format"], "the logo", logo["sha256"], 0)] if logo else []


def _rendered_again(home: Path, rows: list[Row], checked: Checked) -> Iterator[str]:
    with Renderer(Path(home) / "documents" / "_files") as renderer:
        for row in rows:
            content = json.loads(row["content"])
            if json.loads(row["renderer"]) != versions(content):
                checked.other_versions += 1
                continue
            checked.again += 1
            made = renderer.files(content)
            digests = {format: hashlib.sha256(data).hexdigest() for format, data in made.items()}
            if digests != {file.format: file.sha256 for file in files_of(row["files"])}:
                yield f"{row['document_id']}: rendered again it is another one"


def _entries(home: Path) -> list[str]:
    table, problems = documents_table(home), []
    for version in range(max(table.version(), 0)):
        try:
            for entry in table.entries(version, version + 1):
                table.whole_file(entry.path)
        except LogDamaged as error:
            problems.append(str(error))
    return problems


def _rows(home: Path, query: str, **parameters: Any) -> list[Row]:
    with duckdb.connect() as con:
        view_documents(con, home)
        found = con.execute(query, parameters)
        names = [name for name, *_ in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
