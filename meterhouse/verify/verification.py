"""All of verify, stage by stage (S-47): the log, the price books, the ledger, the rebuild."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.code_version import code_version
from meterhouse.common.errors import UsageError
from meterhouse.documents.overview import verify_documents
from meterhouse.ledger.errors import LedgerDamaged
from meterhouse.ledger.numbers import as_invoice_number
from meterhouse.ledger.store import Ledger
from meterhouse.payments.verify import verify_payments
from meterhouse.price_book.freeze import verify_frozen
from meterhouse.verify.alerts import verify_alerts
from meterhouse.verify.closed_months import verify_closed_months
from meterhouse.verify.found import Found
from meterhouse.verify.ledger import verify_ledger
from meterhouse.verify.published import verify_against, verify_published
from meterhouse.verify.rebuild import rebuild
from raw_events.common.sql import literal, literals
from raw_events.log.event_log import EventLog
from raw_events.log.verify import FOREIGN, verify_log

_BOOK = re.compile("[0-9a-f]{64}")


@dataclass
class Stage:
    """What one stage read (`counts`), every problem that it found, and what else to know."""

    name: str
    counts: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(
    home: Path,
    invoice: str | None = None,
    sample: int | None = None,
    against: str | None = None,
) -> Iterator[Stage]:
    """The stages, each as it is done. Rebuilds all final invoices, or one, or `sample` of them.

    `against`: a file with what was noted elsewhere, or the line itself. What is damaged is not
    rebuilt from: the last stage is left out then. Raises UsageError if the invoice is not a final
    one, or if nothing was noted in `against`. Writes nothing but a scratch folder under TMPDIR.
    """
    damaged = 0
    kept_elsewhere = verify_against(home, against) if against is not None else None
    for stage in (_log(home), _price_books(home), _ledger(home), *_payments(home)):
        damaged += len(stage.problems)
        yield stage
    # Nothing is rebuilt from what was told.
    if alerts := verify_alerts(home):
        yield _stage("alerts", alerts)
    if closed := verify_closed_months(home):
        yield _stage("closed months", closed)
    yield _stage("published marts", verify_published(home))
    yield from _documents(home)
    if kept_elsewhere:
        yield _stage("noted elsewhere", kept_elsewhere)
    if damaged:
        yield Stage("rebuild", {"left out until this is repaired": damaged})
        return
    chosen = _chosen(home, invoice, sample)
    stage = Stage("rebuild", {"final invoices": len(chosen)})
    if chosen:
        found = rebuild(home, [version for _, version in chosen])
        stage.problems = [str(problem) for problem in found]
        others = {code for code in _code_versions(home) if code != code_version()}
        if others:
            stage.counts["made by other code"] = ", ".join(sorted(others))
    yield stage


def _stage(name: str, found: Found) -> Stage:
    return Stage(name, found.counts, found.problems, found.notes)


def _log(home: Path) -> Stage:
    log = EventLog(home)
    files = [path.stat().st_size for path in log.root.glob("*.parquet")]
    counts: dict[str, object] = {
        "log entries": log.version() + 1,
        "files": len(files),
        "bytes": sum(files),
    }
    return Stage("event log", counts, [str(problem) for problem in verify_log(log)])


def _price_books(home: Path) -> Stage:
    folder = home / "price_books"
    on_disk = {path.name for path in folder.glob("[0-9a-f]*") if path.is_dir()}
    problems = []
    digests = sorted(on_disk | {book for _, _, _, book in _rows(home)})
    for digest in digests:
        problems += verify_frozen(home, digest)
    # A book that is being written has a name that begins with a dot.
    problems += [
        f"{path} {FOREIGN}"
        for path in sorted(folder.glob("[!.]*"))
        if not (_BOOK.fullmatch(path.name) and path.is_dir())
    ]
    return Stage("price books", {"books": len(digests)}, problems)


def _ledger(home: Path) -> Stage:
    problems = [str(problem) for problem in verify_ledger(home)]
    landed = EventLog(home).version()
    rows = _rows(home)
    for invoice_id, _, log_version, _ in rows:
        if log_version > landed:
            problems.append(
                f"invoice {invoice_id}: was made from log version {log_version}, and the log ends "
                f"at {landed}; restore raw_events/ from a backup"
            )
    return Stage("ledger", {"final invoices": len(rows)}, problems)


def _payments(home: Path) -> list[Stage]:
    """None where nothing was ever paid."""
    ledger, known = Ledger(home), -1
    for version in range(1, ledger.version() + 1):
        # verify_ledger says what is wrong with it.
        with suppress(LedgerDamaged):
            known = max(known, ledger.entry(version).payments_version)
    entries, problems = verify_payments(home, known)
    return [Stage("payments", {"entries": entries}, problems)] if entries or problems else []


def _documents(home: Path) -> list[Stage]:
    """None where none was rendered."""
    found = verify_documents(home)
    if not found.documents and not found.problems:
        return []
    return [Stage("documents", {"documents": found.documents}, found.problems)]


def _rows(home: Path) -> list[tuple[Any, ...]]:
    """(invoice_id, ledger version, log version, price book) of each final invoice readable."""
    rows = []
    for version, path in _files(home):
        try:
            with duckdb.connect() as con:
                found = con.execute(
                    "select invoice_id, log_version, price_book "
                    f"from read_parquet({literal(path)}) where event = 'finalized'"
                ).fetchall()
        except (duckdb.Error, UnicodeDecodeError):
            # verify_ledger says what is wrong with it.
            continue
        rows += [(invoice_id, version, *rest) for invoice_id, *rest in found]
    return rows


def _files(home: Path) -> list[tuple[int, Path]]:
    ledger = Ledger(home)
    files = []
    for version in range(1, ledger.version() + 1):
        try:
            entry = ledger.entry(version)
        except LedgerDamaged:
            # verify_ledger says what is wrong with it.
            continue
        if entry.path:
            files.append((version, ledger.root / entry.path))
    return files


def _code_versions(home: Path) -> set[str]:
    files = literals(path for _, path in _files(home))
    with duckdb.connect() as con:
        rows = con.execute(f"select distinct code_version from read_parquet([{files}])")
        return {code for (code,) in rows.fetchall()}


def _chosen(home: Path, invoice: str | None, sample: int | None) -> list[tuple[str, int]]:
    """(invoice id, ledger version) of what is rebuilt."""
    rows = [(invoice_id, version) for invoice_id, version, *_ in _rows(home)]
    if invoice is not None:
        rows = _find(home, invoice.strip())
        if not rows:
            raise UsageError(f"There is no final invoice '{invoice}'; give an id or a number.")
    if sample is not None:
        # No random numbers: the same ledger gives the same sample, a longer one another.
        salt = Ledger(home).head().digest
        rows.sort(key=lambda row: hashlib.sha256(f"{salt}{row[0]}".encode()).digest())
        rows = rows[:sample]
    return rows


def _find(home: Path, asked: str) -> list[tuple[str, int]]:
    found = []
    for version, path in _files(home):
        with duckdb.connect() as con:
            rows = con.execute(
                f"select invoice_id from read_parquet({literal(path)}) "
                "where event = 'finalized' and (invoice_id = ? or invoice_number = ?)",
                [asked, as_invoice_number(asked)],
            ).fetchall()
        found += [(invoice_id, version) for (invoice_id,) in rows]
    return found
