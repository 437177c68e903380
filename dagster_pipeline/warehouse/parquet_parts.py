"""Parquet files of the same columns, one after the other as one file, without reading their rows.

The row groups are copied byte by byte; the footer says where they are, so only it is written anew.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path

from dagster_pipeline.warehouse.thrift import I16, I64, Struct, read_struct, write_struct

MAGIC = b"PAR1"
# Fields of the structs of parquet.thrift.
NUM_ROWS, ROW_GROUPS = 3, 4
COLUMNS, GROUP_OFFSET, ORDINAL = 1, 5, 7
CHUNK_OFFSET, CHUNK_META = 2, 3
CHUNK_PLACES = (CHUNK_OFFSET, 4, 6)
META_PLACES = (9, 10, 11, 14)


def join_parts(parts: Sequence[tuple[Path, int]], target: Path) -> list[Path]:
    """Write the parts, in their order, to one file; `parts` are files with their `checksum`.

    Gives the files that are not what they were, or of other columns than the first; then there is
    no `target`.
    """
    footers: list[Struct] = []
    wrong: list[Path] = []
    with target.open("wb") as out:
        out.write(MAGIC)
        for path, expected in parts:
            data = path.read_bytes() if path.is_file() else b""
            if zlib.crc32(data) != expected or not data:
                wrong.append(path)
                continue
            end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
            footer, _ = read_struct(data, end)
            if footers and _columns(footer) != _columns(footers[0]):
                wrong.append(path)
                continue
            _move(footer, out.tell() - len(MAGIC))
            footers.append(footer)
            out.write(data[len(MAGIC) : end])
        if not wrong:
            foot = bytearray()
            write_struct(_joined(footers), foot)
            out.write(bytes(foot) + len(foot).to_bytes(4, "little") + MAGIC)
    if wrong:
        target.unlink()
    return wrong


def checksum(path: Path) -> int:
    """What `join_parts` knows a part by."""
    return zlib.crc32(path.read_bytes())


def _joined(footers: list[Struct]) -> Struct:
    groups = [group for footer in footers for group in footer[ROW_GROUPS][1][1]]
    for number, group in enumerate(groups):
        if ORDINAL in group:
            group[ORDINAL] = (I16, number)
    kind, (of, _) = footers[0][ROW_GROUPS]
    rows = sum(footer[NUM_ROWS][1] for footer in footers)
    return {**footers[0], NUM_ROWS: (I64, rows), ROW_GROUPS: (kind, (of, groups))}


def _columns(footer: Struct) -> Struct:
    return {field: value for field, value in footer.items() if field not in (NUM_ROWS, ROW_GROUPS)}


def _move(footer: Struct, by: int) -> None:
    """Every place in the file that the row groups name, so many bytes further on."""
    for group in footer[ROW_GROUPS][1][1]:
        _move_fields(group, (GROUP_OFFSET,), by)
        for chunk in group[COLUMNS][1][1]:
            _move_fields(chunk, CHUNK_PLACES, by)
            _move_fields(chunk[CHUNK_META][1], META_PLACES, by)


def _move_fields(struct: Struct, fields: tuple[int, ...], by: int) -> None:
    for field in fields:
        # 0 stands for "not said" in the deprecated offset of a chunk.
        if field in struct and struct[field][1]:
            kind, place = struct[field]
            struct[field] = (kind, place + by)
