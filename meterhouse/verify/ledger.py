"""Verification of the ledger: every file, the chain and the numbers, read again (S-47)."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.ledger.chain import GENESIS, chain, content_sql
from meterhouse.ledger.errors import LedgerDamaged
from meterhouse.ledger.numbers import credit_note_number, invoice_number
from meterhouse.ledger.schema import DUE_INVOICE, row_fields
from meterhouse.ledger.sql import parquet_columns
from meterhouse.ledger.store import Ledger, LedgerEntry
from raw_events.common.files import file_sha256
from raw_events.common.sql import literal
from raw_events.log.checksums import broken_checksums, missing_checksums
from raw_events.log.strangers import strangers
from raw_events.log.verify import FOREIGN

# A voided row repeats all of the invoice that it voids but its lists (S-50).
REPEATED = tuple(
    name for name, spec in DUE_INVOICE.items() if isinstance(spec, str) and name != "invoice_id"
)


@dataclass(frozen=True)
class LedgerProblem:
    """`where` names the invoice or the file, `what` says what is wrong with it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def verify_ledger(home: Path) -> list[LedgerProblem]:
    """Read all of the ledger again; every problem found, none if it is whole.

    Files against the SHA-256 in their entry, every entry against the SHA-256 in the next one or
    its checksum, the digest chain, sequences, numbers without gap, lines against totals, voided
    rows against what they void, files that do not belong there. Needs only the folder.
    """
    ledger = Ledger(home)
    checksums = [*broken_checksums(ledger.log), *missing_checksums(ledger.log)]
    problems = [LedgerProblem(str(path), what) for path, what in checksums]
    files: set[str] = set()
    previous = LedgerEntry(version=0)
    seen = _Seen()
    for version in range(ledger.version() + 1):
        try:
            entry = ledger.entry(version)
        except LedgerDamaged as error:
            problems.append(LedgerProblem(str(ledger.entry_path(version)), str(error)))
            continue
        files.update(filter(None, [entry.path]))
        try:
            if version > 0:
                problems += _entry_problems(ledger, entry, previous)
            if entry.path:
                problems += _file_problems(ledger, entry, previous, seen)
        except (KeyError, TypeError, ValueError) as error:
            path = str(ledger.entry_path(version))
            problems.append(LedgerProblem(path, f"records what makes no sense: {error!r}"))
        previous = entry
    if not problems:
        # Files of an entry that cannot be read are not strangers.
        problems = [LedgerProblem(str(path), FOREIGN) for path in strangers(ledger.root, files)]
        problems += _delta_problems(ledger, files)
    return problems


def _delta_problems(ledger: Ledger, files: set[str]) -> list[LedgerProblem]:
    """Whether Delta, through which the next entry is written, reads what the entries say."""
    if ledger.version() < 0:
        return []
    try:
        table = ledger.table(ledger.version())
    except LedgerDamaged as error:
        return [LedgerProblem(str(ledger.log), str(error))]
    if {uri.rpartition("/")[2] for uri in table.file_uris()} == files:
        return []
    what = "Delta reads other files than the entries name, from a checkpoint that is not theirs"
    return [LedgerProblem(str(ledger.log), what)]


def _entry_problems(
    ledger: Ledger, entry: LedgerEntry, previous: LedgerEntry
) -> list[LedgerProblem]:
    before = ledger.entry_path(entry.version - 1)
    problems = []
    if before.is_file() and file_sha256(before) != entry.previous_commit_sha256:
        problems.append(LedgerProblem(str(before), "is not the entry that the next one names"))
    if previous.as_of is not None and (entry.as_of is None or entry.as_of < previous.as_of):
        path = str(ledger.entry_path(entry.version))
        problems.append(LedgerProblem(path, "its as_of lies before that of the entry before it"))
    # The last entry has no next one that names it: what it says can be computed, is compared with
    # the file below; the size of the file is all that is left.
    actions = ledger.entry_path(entry.version).read_text("utf-8").splitlines()
    sizes = [json.loads(line)["add"]["size"] for line in actions if '"add"' in line[:8]]
    if entry.path is None:
        # It only gave the table the columns of a later release.
        return problems
    file = ledger.root / entry.path
    if file.is_file() and sizes != [file.stat().st_size]:
        problems.append(LedgerProblem(str(file), "has another size than its entry says"))
    return problems


def _file_problems(
    ledger: Ledger,
    entry: LedgerEntry,
    previous: LedgerEntry,
    seen: "_Seen",
) -> list[LedgerProblem]:
    path = ledger.root / (entry.path or "")
    if not path.is_file():
        seen.number = entry.last_number
        return [LedgerProblem(str(path), "is missing")]
    problems = []
    if file_sha256(path) != entry.sha256:
        problems.append(LedgerProblem(str(path), "its bytes are not those that were committed"))
    try:
        rows = _read(path)
    except duckdb.Error as error:
        seen.number = entry.last_number
        return [*problems, LedgerProblem(str(path), f"cannot be read: {error}")]
    digests = chain(previous.digest, (row["content"] for row in rows))
    before = previous.digest
    for index, row in enumerate(rows):
        what = []
        # Compared with what is recorded, link by link, so that one change names one invoice.
        if row["previous_digest"] != before:
            what.append("does not chain to the invoice before it")
        if chain(row["previous_digest"] or GENESIS, [row["content"]]) != [row["digest"]]:
            what.append("its content does not give its digest")
        if row["sequence"] != previous.last_sequence + index + 1:
            what.append(f"has sequence {row['sequence']}, not {previous.last_sequence + index + 1}")
        if row["event"] == "finalized":
            what += [row["sum_problem"]] if row["sum_problem"] else []
            if row["invoice_id"] in seen.final:
                what.append("is final twice")
            seen.final[row["invoice_id"]] = row
            if row["invoice_number"] is not None:
                seen.number += 1
                if row["invoice_number"] != (own := invoice_number(seen.number)):
                    what.append(f"has number {row['invoice_number']}, not {own}")
        else:
            what += _void_problems(row, seen)
            # Known and not final: a second void, or the same id again, is noticed.
            seen.final[row["invoice_id"]] = {}
        before = row["digest"]
        problems += [LedgerProblem(f"invoice {row['invoice_id']}", text) for text in what]
    recorded = (entry.rows, entry.last_sequence, entry.last_number, entry.digest)
    found = (len(rows), previous.last_sequence + len(rows), seen.number, before)
    if recorded != found:
        text = f"says (rows, sequence, number, digest) {recorded}; its file has {found}"
        problems.append(LedgerProblem(str(ledger.entry_path(entry.version)), text))
    elif digests and digests[-1] != entry.digest and not problems:
        problems.append(LedgerProblem(str(path), "its chain does not end at the recorded digest"))
    return problems


@dataclass
class _Seen:
    """The last numbers so far, and invoice id → its row, empty once it is void."""

    number: int = 0
    credit_notes: int = 0
    final: dict[str, dict[str, Any]] = field(default_factory=dict)


def _void_problems(row: dict[str, Any], seen: _Seen) -> list[str]:
    if row["event"] != "voided":
        return [f"has the event '{row['event']}', which there is not"]
    own = None
    if row["invoice_number"] is not None:
        seen.credit_notes += 1
        own = credit_note_number(seen.credit_notes)
    voided = seen.final.get(row["invoice_id"])
    if not voided:
        return ["is voided, but was not final"]
    changed = [name for name in REPEATED if row[name] != voided[name]]
    problems = [f"its void says another {', '.join(changed)} than it had"] if changed else []
    # A void of an earlier release records no number, and has the one of its place (S-55).
    if row.get("credit_note_number", own) != own:
        problems.append(f"its credit note has number {row['credit_note_number']}, not {own}")
    return problems + ([] if row["reason"] else ["is voided without a reason"])


def _read(path: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        fields = row_fields(parquet_columns(con, path))
        # Files of earlier releases record no number of a credit note.
        credit_note = ["credit_note_number"] if "credit_note_number" in fields else []
        columns = ", ".join([*REPEATED, *credit_note])
        cursor = con.execute(
            f"""
            select
                sequence, event, reason, invoice_id, {columns}, previous_digest, digest,
                {content_sql("stored", fields)} as content,
                case when subtotal + credits_applied <> total
                    or total <> coalesce((
                        select sum(line.amount) from (select unnest(lines) as line)
                        where line.pricing_unit = currency
                    ), 0)
                    then 'its lines do not sum to its total'
                    when exists (
                        select 1 from (select unnest(lines) as line)
                        where len(line.breakdowns) > 0
                            and list_sum([part.amount for part in line.breakdowns]) <> line.amount
                    )
                    then 'a breakdown does not sum to its line'
                end as sum_problem
            from read_parquet({literal(path)}, file_row_number = true) as stored
            order by file_row_number
            """
        )
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
