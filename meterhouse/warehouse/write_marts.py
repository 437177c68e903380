"""The files of one generation: what did not change is taken over, the rest is written.

A file that is taken over is a link to the one before, whose bytes are read and compared with its
checksum first. Nothing that is published is ever opened for writing.
"""

import filecmp
from collections.abc import Callable
from pathlib import Path

import duckdb

from meterhouse.common.joined_parquet import NotJoinable, join_parquet
from meterhouse.common.mart_files import (
    MADE_OF,
    PARTS,
    PartState,
    part_name,
    read_parts,
    single_name,
    write_parts,
)
from meterhouse.common.settings import single_file_bytes
from meterhouse.ledger.sql import one_value
from meterhouse.warehouse.errors import PublishError
from meterhouse.warehouse.mart_parts import Part
from raw_events.common.files import file_sha256, sync_path
from raw_events.common.sql import identifier, literal

# The query of a part's rows; it is also told how many parts of its mart are written.
PartQuery = Callable[[Part, int], str]


class MartWriter:
    """Fills the folder `new`; `before` is the current generation with its checksums `known`.

    `rows` per mart that it wrote, `changed` those whose bytes differ, `checksums` of all files by
    name, `alone` the marts that have become too large for a single file with this generation.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        new: Path,
        before: Path | None,
        known: dict[str, str],
    ):
        self.con, self.new, self.before, self.known = con, new, before, known
        self.rows: dict[str, int] = {}
        self.changed: list[str] = []
        self.checksums: dict[str, str] = {}
        self.alone: list[str] = []
        self.states_before = read_parts(before if MADE_OF in known else None)
        self.states: dict[str, dict[str, PartState]] = {}

    def whole(self, mart: str, query: str) -> None:
        """The rows of a query as the mart's single file, without parts."""
        self.rows[mart] = self._write(single_name(mart), query)
        self._note_change(mart)

    def in_parts(self, mart: str, parts: list[Part], query: PartQuery) -> None:
        """The mart in parts, each of them the rows of its query, and as a single file if it may."""
        noted = self.states_before.get(mart, {})
        try:
            self._parts(mart, parts, query, noted)
        except NotJoinable:
            # Of an earlier form, or damaged with its checksum: all of them once more.
            try:
                self._parts(mart, parts, query, {})
            except NotJoinable as error:
                raise PublishError(
                    f"The parts of the mart {mart} do not stay as they are written ({error}): "
                    "check the disk, then run again. The marts published before are untouched."
                ) from error
        self.rows[mart] = sum(state.rows for state in self.states[mart].values())
        self._note_change(mart)

    def keep(self, name: str) -> None:
        """A file of the generation before, as it is, with the checksum that it had."""
        assert self.before is not None
        (self.new / name).parent.mkdir(parents=True, exist_ok=True)
        (self.new / name).hardlink_to(self.before / name)
        if name.startswith(f"{PARTS}/"):
            mart, part = name.removesuffix(".parquet").split("/")[1:]
            if state := self.states_before.get(mart, {}).get(part):
                self.states.setdefault(mart, {})[part] = state

    def finish(self) -> None:
        """Note the parts, and make their folders durable."""
        if self.states:
            write_parts(self.new, self.states)
            sync_path(self.new / MADE_OF)
            self.checksums[MADE_OF] = file_sha256(self.new / MADE_OF)
            for folder in (self.new / PARTS, *(self.new / PARTS / mart for mart in self.states)):
                sync_path(folder)

    def _parts(
        self,
        mart: str,
        parts: list[Part],
        query: PartQuery,
        noted: dict[str, PartState],
    ) -> None:
        states: dict[str, PartState] = {}
        for part in parts:
            name, was = part_name(mart, part.name), noted.get(part.name)
            if (
                was is not None
                and was.made_of is not None
                and was.made_of == part.made_of
                and not part.is_due
                and self._take(name)
            ):
                states[part.name] = was
        due = [part for part in parts if part.name not in states]
        for part in due:
            name, was = part_name(mart, part.name), noted.get(part.name)
            rows, made_of = self._write(name, query(part, len(due))), part.made_of
            if made_of is None and was is not None and self._is_same(name):
                made_of = was.made_of
            states[part.name] = PartState(made_of, rows)
        self.states[mart] = states
        self._join(mart, [part_name(mart, part.name) for part in parts])

    def _join(self, mart: str, names: list[str]) -> None:
        single, limit = single_name(mart), single_file_bytes()
        size = sum((self.new / name).stat().st_size for name in names)
        if limit is not None and size > limit:
            (self.new / single).unlink(missing_ok=True)
            if single in self.known or not self._names_before(mart):
                self.alone.append(mart)
            return
        is_same = names == self._names_before(mart) and all(map(self._is_same, names))
        if is_same and self._take(single):
            return
        target = self.new / single
        # A link to a file of the generation before must not be written through.
        target.unlink(missing_ok=True)
        rows, self.checksums[single] = join_parquet([self.new / name for name in names], target)
        if rows != sum(state.rows for state in self.states[mart].values()):
            raise NotJoinable(f"{target} has {rows} rows, not those of its parts")
        sync_path(target)
        self._share(single)

    def _names_before(self, mart: str) -> list[str]:
        return sorted(name for name in self.known if name.startswith(f"{PARTS}/{mart}/"))

    def _write(self, name: str, query: str) -> int:
        path = self.new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        rows: int = one_value(
            self.con,
            f"copy (select * from ({self._nullable(query)}) order by all) to {literal(path)} "
            "(format parquet, compression zstd)",
        )
        sync_path(path)
        self.checksums[name] = file_sha256(path)
        self._share(name)
        return rows

    def _nullable(self, query: str) -> str:
        """The query with columns that may all be null, in the plan.

        DuckDB writes a column as required where it knows by its statistics that no value is null,
        so that a part without a null in it would have other columns than the next one, and the same
        rows other bytes when they come from another table. It does not know that range(0) is empty.
        """
        rows = self.con.sql(f"from ({query}) limit 0")
        nulls = (
            f"null::{type_} as {identifier(name)}"
            for name, type_ in zip(rows.columns, rows.types, strict=True)
        )
        return f"from ({query}) union all select {', '.join(nulls)} from range(0)"

    def _take(self, name: str) -> bool:
        """Link the file before, if it still is what was published."""
        old = self.before / name if self.before else None
        if old is None or name not in self.known or not old.is_file() or old.is_symlink():
            return False
        if file_sha256(old) != self.known[name]:
            return False
        path = self.new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.hardlink_to(old)
        self.checksums[name] = self.known[name]
        return True

    def _share(self, name: str) -> None:
        """Where the file is the same as before, both generations share it on the disk."""
        old, path = self.before / name if self.before else None, self.new / name
        if old is None or not old.is_file() or not filecmp.cmp(path, old, shallow=False):
            return
        linked = self.new / "same"
        linked.hardlink_to(old)
        linked.replace(path)

    def _is_same(self, name: str) -> bool:
        """Whether the file is the very one of the generation before."""
        old = self.before / name if self.before else None
        return old is not None and old.is_file() and old.samefile(self.new / name)

    def _note_change(self, mart: str) -> None:
        names = [
            *([single_name(mart)] if single_name(mart) in self.checksums else []),
            *(part_name(mart, part) for part in self.states.get(mart, {})),
        ]
        gone = {*self._names_before(mart), single_name(mart)} & self.known.keys() - set(names)
        if gone or not all(map(self._is_same, names)):
            self.changed.append(mart)
