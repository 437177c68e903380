"""The Delta table of final invoices: read its entries, append one.

Every entry after the creation of the table is one finalization (or voiding): one Parquet file, one
row per invoice. Its commitInfo records, under `meterhouse`, what it holds and where the chain
stands, so that the head is known without reading any Parquet file.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction

from meterhouse.ledger.chain import GENESIS
from meterhouse.ledger.columns import empty_select
from meterhouse.ledger.errors import (
    LedgerDamaged,
    LedgerError,
    LedgerMoved,
    moved,
    not_written,
    unreadable,
)
from meterhouse.ledger.schema import LEDGER_ROW
from raw_events.common.files import file_sha256, remove_leftovers, sync_path
from raw_events.log.checksums import record_checksum
from raw_events.log.creation import create_table, newest_version
from raw_events.log.entry import commit_instant

APPLICATION = "meterhouse-ledger"
# Nothing of the ledger may ever be cleaned up: a version number names a state for ever.
CONFIGURATION: dict[str, str | None] = {
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
    "delta.appendOnly": "true",
}


@dataclass(frozen=True)
class LedgerEntry:
    """What one entry recorded. `path` is relative to the table; null for its creation."""

    version: int
    as_of: datetime | None = None
    path: str | None = None
    sha256: str | None = None
    rows: int = 0
    last_sequence: int = 0
    last_number: int = 0
    digest: str = GENESIS
    previous_commit_sha256: str | None = None
    # Contracts that were held then, so that a rebuild leaves them out too (S-52).
    held: tuple[str, ...] = ()
    # Up to where the log of payments was read then, which a rebuild reads too (S-72, S-73).
    payments_version: int = -1
    # The machine's clock when the entry was written (S-4).
    recorded_at: datetime | None = None


class Ledger:
    """The ledger of a data directory; a directory without final invoices has version -1."""

    def __init__(self, home: Path):
        self.root = Path(home) / "invoices"
        self.log = self.root / "_delta_log"

    def version(self) -> int:
        """The last entry's version; -1 if there is no ledger yet."""
        return newest_version(self.log)

    def head(self) -> LedgerEntry:
        """Where the chain stands; raises LedgerDamaged if the last entry cannot be read."""
        version = self.version()
        return LedgerEntry(version=-1) if version < 0 else self.entry(version)

    def entries(self, after: int, up_to: int) -> list[LedgerEntry]:
        """The entries of versions after+1 … up_to, read from their JSON files alone."""
        return [self.entry(version) for version in range(after + 1, up_to + 1)]

    def entry(self, version: int) -> LedgerEntry:
        """One entry; raises LedgerDamaged if it is missing, torn or not Meterhouse's own."""
        path = self.entry_path(version)
        try:
            actions = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
            adds = [action["add"]["path"] for action in actions if "add" in action]
            if version == 0 and not adds:
                return LedgerEntry(version=0)
            info = next(action["commitInfo"] for action in actions if "commitInfo" in action)
            recorded = dict(info["meterhouse"])
            recorded["as_of"] = datetime.fromisoformat(recorded["as_of"])
            recorded["held"] = tuple(recorded.get("held", ()))
            if adds != [path for path in [recorded["path"]] if path]:
                raise ValueError("it adds other files than it recorded")
            if any(action.keys() & {"remove", "cdc"} for action in actions):
                raise ValueError("it removes files")
            return LedgerEntry(version=version, recorded_at=commit_instant(info), **recorded)
        except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
            raise LedgerDamaged(
                f"Entry {version} of the ledger ({path}) cannot be used: {error!r}. "
                "Restore the folder invoices/ from a backup; nothing else may write there."
            ) from error

    def entry_path(self, version: int) -> Path:
        """The JSON file of an entry."""
        return self.log / f"{version:020d}.json"

    def append(
        self,
        con: duckdb.DuckDBPyConnection,
        write: Callable[[Path], dict[str, Any]],
        head: LedgerEntry,
        as_of: datetime,
    ) -> LedgerEntry:
        """Append the Parquet file (columns of LEDGER_ROW) that `write` makes, as one entry.

        `write` returns rows, last_sequence, last_number, digest of the new head. Raises
        LedgerMoved, and writes nothing that a reader could see, if the ledger is not at `head`.
        """
        if head.version < 0:
            self._create(con)
            head = self.head()
            if head.version != 0:
                raise LedgerMoved(moved(0, head.version))
        head = self._widened(con, head, as_of)
        path, digest, size, recorded = self._write_file(write)
        statistics = json.dumps({"numRecords": recorded["rows"]})
        file = AddAction(path, size, {}, int(as_of.timestamp() * 1000), True, statistics)
        return self._entered(
            head,
            as_of,
            {"path": path, "sha256": digest, **recorded},
            lambda table, **properties: table.create_write_transaction(
                [file], "append", table.schema(), **properties
            ),
        )

    def _widened(
        self, con: duckdb.DuckDBPyConnection, head: LedgerEntry, as_of: datetime
    ) -> LedgerEntry:
        """The head after an entry that gives the table what columns it lacks of LEDGER_ROW.

        A table of an earlier release gets it once, before the first append of this one; its files
        stay as they are.
        """
        table = self.table(head.version)
        present = {field.name for field in table.schema().fields}
        missing = {name: spec for name, spec in LEDGER_ROW.items() if name not in present}
        if not missing:
            return head
        columns = con.sql(empty_select(missing)).to_arrow_table().schema
        unchanged = {
            name: getattr(head, name) for name in ("last_sequence", "last_number", "digest")
        }
        return self._entered(
            head,
            as_of,
            {"path": None, "sha256": None, "rows": 0, **unchanged},
            lambda table, **properties: table.alter.add_columns(
                Schema.from_arrow(columns).fields, **properties
            ),
        )

    def table(self, version: int) -> DeltaTable:
        """The table at a version; LedgerDamaged if Delta cannot read what its entries are."""
        try:
            return DeltaTable(self.root, version=version)
        except (DeltaError, OSError, ValueError) as error:
            raise LedgerDamaged(unreadable(self.log, error)) from error

    def _entered(
        self,
        head: LedgerEntry,
        as_of: datetime,
        recorded: dict[str, object],
        write: Callable[..., None],
    ) -> LedgerEntry:
        """The entry after `head` that `write` makes of the table, recording `recorded`."""
        new = {
            "as_of": as_of.isoformat(),
            **recorded,
            "previous_commit_sha256": file_sha256(self.entry_path(head.version)),
        }
        if self.version() != head.version:
            raise LedgerMoved(moved(head.version, self.version()))
        table = self.table(head.version)
        try:
            write(
                table,
                commit_properties=CommitProperties(
                    custom_metadata={"meterhouse": new},
                    # An append would be rebased onto somebody else's: without a retry it fails.
                    max_commit_retries=0,
                    app_transactions=[Transaction(APPLICATION, head.version + 1)],
                ),
                post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
            )
        except (DeltaError, OSError) as error:
            if self.version() == head.version:
                raise LedgerError(not_written(error)) from error
            raise LedgerMoved(moved(head.version, self.version())) from error
        sync_path(self.entry_path(head.version + 1))
        sync_path(self.log)
        record_checksum(self.entry_path(head.version + 1))
        return self.entry(head.version + 1)

    def _create(self, con: duckdb.DuckDBPyConnection) -> None:
        schema = con.sql(empty_select(LEDGER_ROW)).to_arrow_table().schema
        said = "Final invoices of Meterhouse: append only, never edited."
        try:
            # Of two at once, whose append comes first is decided later.
            create_table(self.root, schema, said, CONFIGURATION)
        except OSError as error:
            raise LedgerError(not_written(error)) from error

    def _write_file(
        self, write: Callable[[Path], dict[str, Any]]
    ) -> tuple[str, str, int, dict[str, Any]]:
        # Another suffix until it is whole, and a name made of its content: whoever writes the same
        # name writes the same bytes, so a crash and a repetition leave one file.
        remove_leftovers(self.root)
        temporary = self.root / f".writing-{uuid.uuid4().hex}.tmp"
        try:
            recorded = write(temporary)
            digest, size = file_sha256(temporary), temporary.stat().st_size
            sync_path(temporary)
            final = self.root / f"invoices-{digest[:32]}.parquet"
            temporary.replace(final)
            sync_path(self.root)
        except (duckdb.IOException, OSError) as error:
            temporary.unlink(missing_ok=True)
            raise LedgerError(not_written(error)) from error
        return final.name, digest, size, recorded
