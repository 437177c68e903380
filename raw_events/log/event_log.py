"""The append-only log of events: a Delta table in $METERHOUSE_HOME/raw_events.

Version 0 creates the table; every later entry is one batch: at most one Parquet file, and under
`meterhouse` in its commitInfo what is in it. Nothing is ever removed, so a version number names a
state for ever. Readers see a batch when its entry file is there, and never half of it.
"""

import json
import time
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, RemoveAction

from raw_events.common.errors import LogDamaged, LogMoved, PositionMoved
from raw_events.common.files import file_sha256, sync_path
from raw_events.log.checksums import record_checksum
from raw_events.log.creation import create_table, newest_version
from raw_events.log.entry import KEY, Batch, LogEntry, read_entry, recorded
from raw_events.log.positions import Position, cursor, recorded_position, stands_at

# `position` counts the events of a batch from 0, in the order of its file.
SCHEMA = pa.schema(
    [
        pa.field("transaction_id", pa.string(), nullable=False),
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("event_type", pa.string(), nullable=False),
        pa.field("timestamp", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("properties", pa.string()),
        pa.field("property_texts", pa.string()),
        pa.field("source", pa.string(), nullable=False),
        pa.field("received_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
    ]
)
# Each attempt is lost only to a batch of somebody else that got in: many of them in a row mean that
# something is wrong.
_ATTEMPTS = 200


class EventLog:
    """The log of a data directory. An empty log has version -1."""

    def __init__(self, home: Path):
        self.home = Path(home)
        self.root = self.home / "raw_events"
        self.folder = self.root / "_delta_log"

    def version(self) -> int:
        """The latest version; -1 before the first batch."""
        return newest_version(self.folder)

    def entries(self, after: int, up_to: int) -> list[LogEntry]:
        """The batches of versions after + 1 … up_to, in order, from their entry files alone.

        The creation of the table is not a batch. Raises LogDamaged if an entry cannot be read.
        """
        versions = range(max(after + 1, 0), up_to + 1)
        read = (read_entry(self.entry_path(version)) for version in versions)
        return [entry for entry in read if entry is not None]

    def latest_as_of(self) -> datetime | None:
        """The latest `received_at` of the log (S-4); None while it has no batch."""
        version = self.version()
        latest = self.entries(version - 1, version)
        return latest[0].latest_as_of if latest else None

    def find(self, batch_id: str) -> LogEntry | None:
        """The entry of a batch, None if it is not in the log."""
        return self._find(self._table(), batch_id) if self.version() >= 0 else None

    def position(self, source: str) -> Position | None:
        """Up to where a source was read (S-61); None if nothing of it has landed."""
        return self._position(self._table(), source) if self.version() >= 0 else None

    def append(self, batch: Batch, after: int | None = None) -> tuple[LogEntry, bool]:
        """Append a batch once: (its entry, whether this call made it).

        The batch's files must be in their place. Other writers may commit meanwhile: both batches
        are kept, and of two with the same batch_id the first. With `after`, a batch that was made
        of the log at that version follows it at once or not at all. Raises OSError or DeltaError if
        the log cannot be written, LogMoved if it is past `after`, PositionMoved if the batch was
        not read from the log's position of its source (S-61); nothing of the batch is visible then.
        """
        create_table(self.root, SCHEMA, "Usage events as they came: append only, never edited.")
        for attempt in range(_ATTEMPTS):
            table = self._table()
            known = self._find(table, batch.batch_id)
            if known is not None:
                return known, False
            if after is not None and table.version() != after:
                raise LogMoved(f"The event log was at version {after} and is at {table.version()}.")
            self._check_position(table, batch)
            try:
                self._write_entry(table, batch)
            except (DeltaError, OSError):
                if self.version() == table.version():
                    raise
                # Somebody else's batch came first, or ours is there and only what deltalake does
                # after an append failed: the next look at the table tells.
                time.sleep(0.002 * min(attempt, 10))
                continue
            return self._made(table.version() + 1, batch), True
        raise LogDamaged(
            f"{_ATTEMPTS} other batches were landed before this one got its turn. Nothing of it "
            "was landed; land it again."
        )

    def entry_path(self, version: int) -> Path:
        """The JSON file of an entry."""
        return self.folder / f"{version:020d}.json"

    def _write_entry(self, table: DeltaTable, batch: Batch) -> None:
        version = table.version()
        previous = self.entries(version - 1, version)
        before = (entry.latest_as_of for entry in previous)
        latest = max([batch.received_at, *(moment for moment in before if moment is not None)])
        values = recorded(batch, latest, file_sha256(self.entry_path(version)))
        milliseconds = int(batch.received_at.timestamp() * 1000)
        statistics = json.dumps({"numRecords": batch.accepted})
        adds: list[AddAction | RemoveAction] = []
        if batch.path:
            adds = [AddAction(batch.path, batch.size, {}, milliseconds, True, statistics)]
        table.create_write_transaction(
            adds,
            "append",
            table.schema(),
            commit_properties=CommitProperties(
                custom_metadata={KEY: values},
                # What is recorded depends on the entry before: no rebasing onto another one.
                max_commit_retries=0,
                app_transactions=[
                    Transaction(name, version + 1) for name in (batch.batch_id, *cursor(batch))
                ],
            ),
            post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
        )

    def _made(self, version: int, batch: Batch) -> LogEntry:
        sync_path(self.entry_path(version))
        sync_path(self.folder)
        record_checksum(self.entry_path(version))
        entry = read_entry(self.entry_path(version))
        if entry is None or entry.batch_id != batch.batch_id:
            raise LogDamaged(f"Entry {version} of the event log is not the batch written to it.")
        return entry

    def _find(self, table: DeltaTable, batch_id: str) -> LogEntry | None:
        version = table.transaction_version(batch_id)
        return None if version is None else read_entry(self.entry_path(version))

    def _position(self, table: DeltaTable, source: str) -> Position | None:
        (name,) = cursor(source)
        version = table.transaction_version(name)
        return recorded_position(read_entry(self.entry_path(version)), source) if version else None

    def _check_position(self, table: DeltaTable, batch: Batch) -> None:
        """Position and batch move together or not at all, so no record lands twice (S-61)."""
        if batch.position is None:
            return
        source = batch.position["source"]
        current = self._position(table, source)
        if not stands_at(batch.position, current):
            raise PositionMoved(
                f"{source}: this batch was read from {json.dumps(batch.position['from'])}, and the "
                f"log has this source up to {json.dumps(current.value if current else None)} "
                f"(log version {current.version if current else 'none'}): another process landed "
                "it first. Nothing was landed by this one and nothing is lost; the next look goes "
                "on from there (S-61)."
            )

    def _table(self) -> DeltaTable:
        """The table; LogDamaged if Delta cannot read what its entries are."""
        try:
            return DeltaTable(self.root)
        except (DeltaError, OSError, ValueError) as error:
            raise LogDamaged(
                f"Delta cannot read {self.folder} ({error}). Nothing was landed. meterhouse verify "
                "names the file that is changed or does not belong there; put it back from a "
                "backup, or move it elsewhere if it is foreign."
            ) from error
