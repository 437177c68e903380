"""One pass: render what is due, and keep it (S-78). It reads what is published and the ledger, so
it neither waits for a run nor keeps one; what cannot be rendered is held with its reason.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from meterhouse.common.alone import alone
from meterhouse.delivery.billing.document import ledger_file, read_row
from meterhouse.delivery.billing.provider import ProviderError
from meterhouse.delivery.outbox import of_publication
from meterhouse.documents.content import Names, credit_note_content, invoice_content, tax_rate
from meterhouse.documents.due import Due, bounds_of, due_documents, numbers_of, parties
from meterhouse.documents.errors import DocumentError, DocumentsInProgress
from meterhouse.documents.figures import Figures
from meterhouse.documents.kept import (
    HELD,
    RENDERED,
    compact,
    documents_table,
    keep_file,
    row_of,
)
from meterhouse.documents.render import Renderer, versions
from meterhouse.reports.invoice_data import commit_names
from meterhouse.server.reading.reader import Reader

# A pass ends before the next one is due; what is left that one renders.
SECONDS = 240.0
# Rendered before they are noted in the log as one entry.
AT_ONCE = 100
FILE = "documents.lock"

Row = dict[str, Any]
Content = dict[str, Any]


@dataclass
class Rendered:
    """What a pass did: how many documents it rendered, and why others could not be."""

    rendered: int = 0
    held: dict[str, str] = field(default_factory=dict)

    def line(self) -> str:
        """In a sentence, for people."""
        return f"Documents: {self.rendered:,} rendered, {len(self.held):,} held."


@dataclass(frozen=True)
class _Work:
    due: list[Due]
    sellers: dict[str, Row]
    accounts: dict[str, Row]
    bounds: dict[tuple[str, int], Row]


@contextmanager
def documents_lock(home: Path) -> Iterator[None]:
    """Hold $HOME/documents.lock, or raise DocumentsInProgress."""

    def taken(holder: str) -> DocumentsInProgress:
        return DocumentsInProgress(
            f"Another process renders just now ({holder}); it renders what is due. Nothing is to "
            "do."
        )

    with alone(Path(home) / FILE, taken):
        yield


def render_documents(
    home: Path, seeds: Path, clock: Callable[[], datetime], seconds: float = SECONDS
) -> Rendered:
    """Render what is due, for at most about `seconds`; logos lie in `seeds`.

    Raises DocumentsInProgress, MissingExtra if a library is not installed, Refused or LogDamaged if
    what is published or the log of documents cannot be read.
    """
    until, done = monotonic() + seconds, Rendered()
    with documents_lock(home):
        documents_table(home).merge()
        while monotonic() < until:
            work = of_publication(home, _work)
            before = done.rendered
            if work is not None and work.due:
                _render(home, seeds, clock, work, until, done)
            # A credit note follows its invoice's document, in the next turn.
            if done.rendered == before:
                break
    return done


def _work(reader: Reader) -> _Work:
    due = due_documents(reader)
    if not due:
        return _Work([], {}, {}, {})
    sellers, accounts = parties(reader)
    return _Work(due, sellers, accounts, bounds_of(reader, [each.invoice_id for each in due]))


def _render(
    home: Path,
    seeds: Path,
    clock: Callable[[], datetime],
    work: _Work,
    until: float,
    done: Rendered,
) -> None:
    commits = commit_names(home)
    with Renderer(Path(home) / "documents" / "_files") as renderer:
        for at in range(0, len(work.due), AT_ONCE):
            if monotonic() >= until:
                return
            chunk = work.due[at : at + AT_ONCE]
            rows = []
            for due, content in _contents(home, seeds, work, chunk, commits):
                row = _kept(home, renderer, due, content, clock(), done)
                rows += [row] if row else []
            documents_table(home).append(rows)
            done.rendered += sum(row["record"] == RENDERED for row in rows)


def _kept(
    home: Path,
    renderer: Renderer,
    due: Due,
    content: "Content | DocumentError",
    now: datetime,
    done: Rendered,
) -> Row | None:
    """The row to note; None if it is held as it was the last time."""
    if isinstance(content, DocumentError):
        return _held(due, None, content, now, done)
    try:
        made = renderer.files(content)
    except DocumentError as error:
        return _held(due, content, error, now, done)
    name = content["number"].replace("/", "_")
    files = [
        keep_file(home, format, f"{name}.{format}", data).__dict__ for format, data in made.items()
    ]
    done.held.pop(due.document_id, None)
    by = compact(versions(content))
    return row_of(RENDERED, due, now, content, files=compact(files), renderer=by)


def _held(
    due: Due, content: Content | None, error: DocumentError, now: datetime, done: Rendered
) -> Row | None:
    done.held[due.document_id] = str(error)
    row = row_of(HELD, due, now, content, detail=str(error))
    same = (row["content_sha256"], row["detail"]) == (due.held_content, due.held_detail)
    return None if same else row


def _contents(
    home: Path, seeds: Path, work: _Work, chunk: Sequence[Due], commits: dict[str, str]
) -> Iterator[tuple[Due, "Content | DocumentError"]]:
    """What each document says, or why that cannot be said; in the order of the chunk."""
    found: dict[str, Content | DocumentError] = {}
    by_file: dict[str, list[Due]] = defaultdict(list)
    for due in chunk:
        if due.is_void:
            found[due.document_id] = _of_void(home, due)
        else:
            by_file[due.made_file].append(due)
    for name, dues in by_file.items():
        try:
            path = ledger_file(home, name)
        except ProviderError as error:
            found |= {due.document_id: DocumentError(str(error)) for due in dues}
            continue
        with Figures(path, [due.invoice_id for due in dues]) as figures:
            for due in dues:
                try:
                    content = _of_invoice(home, seeds, work, due, figures, commits)
                except DocumentError as error:
                    found[due.document_id] = error
                else:
                    found[due.document_id] = content
    for due in chunk:
        yield due, found[due.document_id]


def _of_invoice(
    home: Path, seeds: Path, work: _Work, due: Due, figures: Figures, commits: dict[str, str]
) -> Content:
    seller = work.sellers.get(due.seller_id or "")
    if seller is None:
        raise DocumentError(
            f"There are several sellers, and none is said to be that of {due.customer_id}. Give it "
            "a row with seller_id in billing_accounts.csv, whose starting_on is not after the day "
            "on which the invoice became final."
        )
    account = work.accounts[due.customer_id] if due.has_account else {}
    invoice = figures.invoice(due.invoice_id, due.decimals, tax_rate(account))
    corrected = {line["corrects_invoice_id"] for line in invoice["lines"]} - {None}
    numbers = of_publication(home, lambda reader: numbers_of(reader, sorted(corrected)))
    names = Names(
        commits, (numbers or {}) if corrected else {}, work.bounds, _logo(home, seeds, seller)
    )
    return invoice_content(due, invoice, seller, account, names)


def _of_void(home: Path, due: Due) -> "Content | DocumentError":
    if not due.invoice_content:
        return DocumentError(f"The document of its invoice {due.invoice_number} is not there yet.")
    try:
        row = read_row(ledger_file(home, due.ledger_file), due.invoice_id, "voided", due.decimals)
    except ProviderError as error:
        return DocumentError(str(error))
    day: datetime = row["day"]
    return credit_note_content(due, day.isoformat(), row["reason"])


def _logo(home: Path, seeds: Path, seller: Row) -> dict[str, dict[str, str]]:
    """The picture of a seller, kept under its digest, as documents are."""
    if not seller["logo"]:
        return {}
    path = Path(seeds) / seller["logo"]
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            f"sellers.csv names the logo {seller['logo']} of {seller['seller_id']}, and {path} "
            f"cannot be read ({type(error).__name__}). Put it there, or empty the cell."
        ) from error
    kept = keep_file(home, path.suffix.lstrip(".").lower(), path.name, data)
    return {seller["seller_id"]: {"sha256": kept.sha256, "format": kept.format}}
