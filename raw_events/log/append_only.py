"""What the append-only Delta tables of a data directory have in common, and a plain one of them.

The event log and the ledger add their own promises (one writer, a chain). `AppendOnlyTable` has
none: rows of any process are appended, and what they mean together its reader says in SQL.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction

from raw_events.common.errors import LogDamaged
from raw_events.common.files import DIGITS, ParquetFolder, StoredFile, file_sha256, sync_path
from raw_events.common.sql import literals
from raw_events.log.checksums import record_checksum
from raw_events.log.creation import create_table, newest_version
from raw_events.log.sql_types import typed_columns


class Moved(Exception):
    """Another entry came first; nothing was written that a reader could see."""


@dataclass(frozen=True)
class TableEntry:
    """An appended file: in which version, and its name."""

    version: int
    path: str


class AppendOnlyTable:
    """A table of `home` named `name`. A file's name has the beginning of its SHA-256, so that a
    reader sees a changed one without another file."""

    def __init__(self, home: Path, name: str, schema: pa.Schema, description: str):
        self.root, self.name = Path(home) / name, name
        self.schema, self.description = schema, description
        self.folder = self.root / "_delta_log"

    def version(self) -> int:
        """The last entry's version; -1 before the first append."""
        return newest_version(self.folder)

    def append(self, rows: Sequence[Mapping[str, Any]], after: int | None = None) -> int:
        """Append rows as one entry, durably, all or none; the table's version then.

        Rows of other processes may come between, unless `after` names the version that this entry
        must follow: then Moved is raised if another one does. Raises OSError or DeltaError if it
        cannot be written; nothing is visible then.
        """
        return self.append_table(pa.Table.from_pylist(list(rows), self.schema), after)

    def append_table(self, rows: pa.Table, after: int | None = None) -> int:
        """As `append`, of a table that has the schema's columns and types."""
        if not rows.num_rows:
            return self.version()
        create_table(self.root, self.schema, self.description)
        # A table that was only created holds no more than none at all.
        after = max(after, 0) if after is not None else None
        with ParquetFolder(self.root, self.schema, dictionary=[]) as file:
            file.write(rows)
            stored = file.finish(self.name)
        assert stored is not None, "there are rows"
        return self._enter(stored, after)

    def entries(self, after: int, up_to: int) -> list[TableEntry]:
        """What was appended in the versions after+1 … up_to, as the entries recorded it.

        Raises LogDamaged if an entry cannot be read. Whether its file is whole `whole_file` says.
        """
        found = []
        for version in range(max(after, 0) + 1, up_to + 1):
            path = self.folder / f"{version:020d}.json"
            try:
                actions = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
                info = next(action["commitInfo"] for action in actions if "commitInfo" in action)
                name = info["meterhouse"]["path"]
                if [action["add"]["path"] for action in actions if "add" in action] != [name]:
                    raise ValueError("it adds other files than it recorded")
            except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
                raise LogDamaged(
                    f"{path} cannot be used ({error!r}). {_RESTORE.format(self.root)}"
                ) from error
            found.append(TableEntry(version, name))
        return found

    def whole_file(self, name: str) -> Path:
        """The path of an appended file. Raises LogDamaged if it is not what was appended."""
        path = self.root / name
        if not _is_whole(path):
            raise LogDamaged(
                f"{path} is missing or not what was appended. {_RESTORE.format(self.root)}"
            )
        return path

    def files(self) -> list[Path]:
        """Parquet files with all rows of the last version, each row once.

        Raises LogDamaged if one is missing or is not what was appended.
        """
        appended = self._appended()
        merged, within = self._merged({path.name for path in appended})
        rest = [path for path in appended if path.name not in within]
        return [*merged, *(self.whole_file(path.name) for path in rest)]

    def source(self) -> str:
        """All rows of the last version as a query of SQL in brackets, for DuckDB: `from` it.

        It has the schema's columns and types, also where nothing was appended yet. Raises
        LogDamaged as `files` does. Instants are shown in the time zone of the connection.
        """
        columns, files = typed_columns(self.schema), self.files()
        nothing = ", ".join(f"null::{kind} as {name}" for name, kind in columns.items())
        rows = f"select {nothing} where false"
        if files:
            # A file of an earlier release may be without a column, which is null then.
            read = f"from read_parquet([{literals(files)}], union_by_name = true)"
            rows = f"select {', '.join(columns)} from ({rows} union all by name {read})"
        return f"({rows})"

    def merge(self, more_than: int = 500) -> bool:
        """Copy the rows of all files into one beside them, if more than that many are read.

        A table of many entries is read file by file, a thousand in 0.65 s (decision 0376). What was
        appended stays; the copy is used as long as it belongs to it, and may be removed.
        """
        read = self.files()
        if len(read) <= more_than:
            return False
        names = json.dumps(sorted(path.name for path in self._appended()))
        schema = self.schema.with_metadata({_WITHIN: names.encode()})
        with ParquetFolder(self.root / _MERGED, schema, dictionary=[]) as file:
            for path in read:
                for batch in pq.ParquetFile(path).iter_batches():
                    file.write(_with_all(pa.Table.from_batches([batch]), schema))
            file.finish(f"{self.version():020d}")
        # A reader may have the last one in its hands.
        for old in sorted((self.root / _MERGED).glob("*.parquet"))[:-2]:
            old.unlink(missing_ok=True)
        return True

    def _merged(self, appended: set[str]) -> tuple[list[Path], set[str]]:
        """The newest whole copy of nothing but what was appended, and the files that it is of."""
        for path in sorted((self.root / _MERGED).glob("*.parquet"), reverse=True):
            try:
                metadata = pq.read_schema(path).metadata or {}
                within = set(json.loads(metadata.get(_WITHIN, b"[]")))
                if within and within <= appended and _is_whole(path):
                    return [path], within
            except (OSError, ValueError, pa.ArrowException):
                # It is a copy: the files themselves are read instead.
                continue
        return [], set()

    def _appended(self) -> list[Path]:
        if self.version() < 0:
            return []
        try:
            uris = DeltaTable(self.root).file_uris()
        except (DeltaError, OSError, ValueError) as error:
            raise LogDamaged(
                f"Delta cannot read {self.folder} ({error}). {_RESTORE.format(self.root)}"
            ) from error
        return sorted(self.root / uri.rsplit("/", 1)[-1] for uri in uris)

    def _enter(self, stored: StoredFile, after: int | None) -> int:
        statistics = json.dumps({"numRecords": stored.rows})
        action = AddAction(stored.path.name, stored.size, {}, 0, True, statistics)
        recorded = {"path": stored.path.name, "sha256": stored.sha256, "rows": stored.rows}
        if after is not None and self.version() != after:
            raise Moved(_MOVED.format(self.root, after))
        table = DeltaTable(self.root, version=after)
        try:
            table.create_write_transaction(
                [action],
                "append",
                table.schema(),
                # An append stands in nobody's way: Delta puts it after those that came between,
                # unless it is to follow a certain one.
                commit_properties=CommitProperties(
                    custom_metadata={"meterhouse": recorded},
                    max_commit_retries=100 if after is None else 0,
                ),
                post_commithook_properties=PostCommitHookProperties(cleanup_expired_logs=False),
            )
        except DeltaError as error:
            if after is None or self.version() == after:
                raise
            raise Moved(_MOVED.format(self.root, after)) from error
        version = self.version() if after is None else after + 1
        entry = self.folder / f"{version:020d}.json"
        sync_path(entry)
        sync_path(self.folder)
        record_checksum(entry)
        return version


def _with_all(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows of an earlier release may be without a column, which is null then."""
    for field in schema:
        if field.name not in rows.column_names:
            rows = rows.append_column(field, pa.nulls(rows.num_rows, field.type))
    return rows.select(schema.names).cast(schema)


def _is_whole(path: Path) -> bool:
    """Whether a file is there and has the digest of its name."""
    return path.is_file() and file_sha256(path)[:DIGITS] == path.stem.rsplit("-", 1)[-1]


# Beside the files of the table; Delta passes over names that begin so.
_MERGED, _WITHIN = "_merged", b"meterhouse_files"
_MOVED = "{}: another entry than that came after version {}."
_RESTORE = "Restore the folder {} from a backup; nothing but Meterhouse may write there."
