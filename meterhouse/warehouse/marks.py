"""Marks: where ledger and log stood, kept where neither of them lies (S-45, S-47).

A ledger that is gone, or an older copy that is put in its place, looks whole: nothing in it says
what it lacks, and a run would give its numbers again. So the last number, the chain's digest and
the versions also stand beside the marts (`evidence.json` of each generation), in the warehouse
(`inputs.marks`), and in the line that people note down and keep elsewhere.
"""

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from meterhouse.ledger.chain import GENESIS
from meterhouse.ledger.numbers import invoice_number
from meterhouse.ledger.store import Ledger, LedgerEntry
from meterhouse.warehouse.database import table_exists
from raw_events.common.errors import LogDamaged
from raw_events.common.files import file_sha256
from raw_events.common.sql import literals
from raw_events.log.event_log import EventLog

TABLE = "create table if not exists inputs.marks (mark VARCHAR)"
# Of a digest, in the line for people: enough that nobody finds another ledger with the same.
NOTED_DIGITS = 32
NO_ENTRY = "0" * 64
NOTE = re.compile(
    r"(?:INV-(?P<number>[0-9]+)|no\s+invoice),\s+(?:CN-(?P<credit_note>[0-9]+),\s+)?"
    r"ledger\s+(?P<ledger>[0-9]+):(?P<ledger_digest>[0-9a-f]{32,64}),\s+"
    r"log\s+(?P<log>-?[0-9]+):(?P<log_digest>[0-9a-f]{32,64})"
)


@dataclass(frozen=True)
class Mark:
    """What was known at one moment.

    `ledger_version`, `ledger_digest` (of the chain), `last_number` and `last_credit_note`: the
    ledger's last entry; `voided`: the invoice that this entry voids, if it does. `log_version`,
    `log_digest`, `log_batch`: the log's last entry, the SHA-256 of its file and what it landed.
    `price_books`: digests of those that made invoices final; `waived`: files of the quarantine that
    no log entry names.
    """

    ledger_version: int = 0
    ledger_digest: str = GENESIS
    last_number: int = 0
    last_credit_note: int = 0
    voided: str | None = None
    log_version: int = -1
    log_digest: str = NO_ENTRY
    log_batch: str | None = None
    price_books: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()


def current_mark(home: Path, con: duckdb.DuckDBPyConnection | None = None) -> Mark:
    """The mark of the data directory as it is; with the warehouse `con` also its price books.

    Raises LedgerDamaged if the ledger's last entry cannot be read.
    """
    ledger, log = Ledger(home), EventLog(home)
    head = ledger.head()
    log_version = log.version()
    books: list[tuple[str]] = []
    if con is not None and table_exists(con, "ledger", "invoices"):
        books = con.execute("select distinct price_book from ledger.invoices order by 1").fetchall()
    return Mark(
        ledger_version=max(head.version, 0),
        ledger_digest=head.digest,
        last_number=head.last_number,
        last_credit_note=_credit_notes(ledger, head, con),
        voided=_voided(ledger.root / head.path) if head.path and head.rows <= 2 else None,
        log_version=log_version,
        log_digest=file_sha256(log.entry_path(log_version)) if log_version >= 0 else NO_ENTRY,
        log_batch=batch_of(log, log_version),
        price_books=tuple(book for (book,) in books),
        waived=tuple(sorted(path.name for path in (home / "quarantine").glob("waived-*.parquet"))),
    )


def batch_of(log: EventLog, version: int) -> str | None:
    """The id of the batch that an entry of the log landed; None if it cannot be read."""
    try:
        return next((entry.batch_id for entry in log.entries(version - 1, version)), None)
    except LogDamaged:
        return None


def note_line(mark: Mark) -> str:
    """What a person notes down and keeps elsewhere; `parse_notes` reads it back."""
    number = invoice_number(mark.last_number) if mark.last_number else "no invoice"
    credit_note = f" CN-{mark.last_credit_note:06d}," if mark.last_credit_note else ""
    return (
        f"{number},{credit_note} ledger {mark.ledger_version}:{mark.ledger_digest[:NOTED_DIGITS]}, "
        f"log {mark.log_version}:{mark.log_digest[:NOTED_DIGITS]}"
    )


def parse_notes(text: str) -> list[Mark]:
    """The marks of a text with such lines in it, or of an `evidence.json`; [] if it has none."""
    try:
        known = json.loads(text)
    except ValueError:
        known = None
    if isinstance(known, dict) and "ledger_version" in known:
        return [mark_from_json(known)]
    return [
        Mark(
            ledger_version=int(found["ledger"]),
            ledger_digest=found["ledger_digest"],
            last_number=int(found["number"] or 0),
            last_credit_note=int(found["credit_note"] or 0),
            log_version=int(found["log"]),
            log_digest=found["log_digest"],
        )
        for found in NOTE.finditer(text)
    ]


def warehouse_mark(con: duckdb.DuckDBPyConnection) -> Mark | None:
    """What the warehouse knows; None before the first run.

    One of release 0.1, or of a run that was killed, may know the ledger alone, by its own tables.
    """
    rows: list[Any] = []
    if table_exists(con, "inputs", "marks"):
        rows = con.execute("select mark from inputs.marks").fetchall()
    mark = mark_from_json(json.loads(rows[0][0])) if rows else None
    if table_exists(con, "ledger", "entries"):
        heads = con.execute(
            "select ledger_version, digest, last_number from ledger.entries "
            "order by ledger_version desc limit 1"
        ).fetchall()
        for version, digest, number in heads:
            if mark is None or version > mark.ledger_version:
                mark = replace(
                    mark or Mark(),
                    ledger_version=version,
                    ledger_digest=digest,
                    last_number=number,
                    voided=None,
                )
    return mark


def mark_warehouse(con: duckdb.DuckDBPyConnection, home: Path) -> Mark:
    """Write the current mark into the warehouse, and give it.

    A run that found damage (log_files.py) leaves the mark of the sound state as it is.
    """
    known = warehouse_mark(con)
    if known and table_exists(con, "inputs", "damage"):
        [(damaged,)] = con.execute("select count(*) from inputs.damage").fetchall()
        if damaged:
            return known
    mark = current_mark(home, con)
    con.execute("create schema if not exists inputs")
    con.execute(TABLE)
    con.execute("delete from inputs.marks")
    con.execute("insert into inputs.marks values (?)", [json.dumps(asdict(mark))])
    return mark


def mark_from_json(known: dict[str, Any]) -> Mark:
    """The mark of a JSON object; what it does not say is as before the first entry."""
    names = {field.name for field in fields(Mark)}
    values = {name: value for name, value in known.items() if name in names}
    for name in ("price_books", "waived"):
        values[name] = tuple(values.get(name, ()))
    return Mark(**values)


def _credit_notes(ledger: Ledger, head: LedgerEntry, con: duckdb.DuckDBPyConnection | None) -> int:
    """How many credit notes the ledger has, and so the number of the last one (S-55)."""
    if con is not None and table_exists(con, "ledger", "voids"):
        [(synced,)] = con.execute("select max(ledger_version) from ledger.entries").fetchall()
        if synced == head.version:
            query = "select count(credit_note_number) from ledger.voids"
            return int(con.execute(query).fetchall()[0][0])
    entries = ledger.entries(0, head.version)
    files = [ledger.root / entry.path for entry in entries if entry.path]
    if not files or not all(file.is_file() for file in files):
        return 0
    with duckdb.connect() as own:
        found = own.execute(
            f"select count(invoice_number) from read_parquet([{literals(files)}], "
            "union_by_name = true) where event = 'voided'"
        ).fetchall()
    return int(found[0][0])


def _voided(path: Path) -> str | None:
    try:
        rows = pq.read_table(path, columns=["event", "invoice_id", "invoice_number"]).to_pylist()
    except (OSError, pa.ArrowException):
        # What is wrong with the file is said by whoever reads the ledger.
        return None
    voids = [row["invoice_number"] or row["invoice_id"] for row in rows if row["event"] == "voided"]
    return voids[0] if voids else None
