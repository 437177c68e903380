"""Hostile files for the drop folder (S-67), each with where it must end. New findings go here."""

import gzip
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

MIB = 1024 * 1024
HEADER = b"transaction_id,customer_id,event_type,timestamp"
DAY = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Hostile:
    """`make(path)` puts it there; it ends in `landed` or `refused`. `name` may be no UTF-8."""

    name: str
    make: Callable[[Path], object]
    ends: str = "refused"


def event(id: str, properties: str = "{}") -> bytes:
    """A valid event of a customer whom no price book knows."""
    return (
        f'{{"transaction_id":"{id}","customer_id":"hostile","event_type":"hostile",'
        f'"timestamp":"{DAY}","properties":{properties}}}\n'
    ).encode()


def content(data: bytes) -> Callable[[Path], object]:
    """A file with these bytes."""
    return lambda path: path.write_bytes(data)


def packed(*parts: tuple[bytes, int]) -> Callable[[Path], object]:
    """A gzip file of parts, each repeated so often; a million line feeds are a kilobyte."""

    def make(path: Path) -> None:
        with gzip.open(path, "wb", 1) as file:
            for part, times in parts:
                for _ in range(times):
                    file.write(part)

    return make


def parquet(rows: int = 1, **columns: Any) -> Callable[[Path], object]:
    """A Parquet file of valid rows with these columns besides."""

    def make(path: Path) -> None:
        required = {
            "transaction_id": [f"{path.name}-{row}" for row in range(rows)],
            "customer_id": ["hostile"] * rows,
            "event_type": ["hostile"] * rows,
            "timestamp": [DAY] * rows,
        }
        pq.write_table(pa.table({**required, **columns}), path, compression="zstd")

    return make


def damaged_parquet(path: Path) -> None:
    """Every seventh byte between the magic words is another one."""
    parquet(100, n=list(range(100)))(path)
    data = bytearray(path.read_bytes())
    for at in range(4, len(data) - 8, 7):
        data[at] ^= 0x55
    path.write_bytes(data)


def cut_parquet(path: Path) -> None:
    """Without its footer."""
    parquet(100, n=list(range(100)))(path)
    path.write_bytes(path.read_bytes()[:-100])


def hard_link(path: Path) -> None:
    """A second name of a file elsewhere."""
    other = path.parent.parent / f"elsewhere-{path.name}"
    other.write_bytes(event("hard link"))
    path.hardlink_to(other)


def soft_link(path: Path) -> None:
    """A link to a file elsewhere that is a good one."""
    other = path.parent.parent / f"secret-{path.name}"
    other.write_bytes(event("link"))
    path.symlink_to(other)


def holes(path: Path) -> None:
    """An event, and four terabytes that were never written."""
    path.write_bytes(event("holes"))
    os.truncate(path, 4 << 40)


def bound_socket(path: Path) -> None:
    """A socket; its address is relative, for it may not be long."""
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(before)


def dates(*days: int) -> pa.Array:
    """Dates beyond Python's, in a list."""
    return pa.array([list(days)], pa.list_(pa.int32())).cast(pa.list_(pa.date32()))


def instants(number: int, zone: str | None) -> pa.Array:
    """Instants beyond Python's, in a list."""
    kind = pa.list_(pa.timestamp("us", zone))
    return pa.array([[number]], pa.list_(pa.int64())).cast(kind)


# A CSV file with one more column, and one cell in it.
CELL = HEADER + b',%s\nq1,hostile,hostile,2026-01-01T00:00:00Z,"%s"\n'
# 100,000 keys, the last one twice: who compares each with each needs minutes.
KEYS = b"{" + b"".join(b'"%x":1,' % n for n in range(100_000)) + b'"1869f":1}\n'
NUMBERS = "[" + ",".join(["1e400"] * 2_000) + "]"
EVIL = "esc\x1b[2J\u202etxt\nline.ndjson"

SMALL = (
    Hostile(os.fsdecode(b"caf\xe9.ndjson"), content(event("not UTF-8"))),
    Hostile("n" * 248 + ".ndjson", content(event("long name"))),
    Hostile(EVIL, content(event("evil name")), "landed"),
    Hostile("evil\x1b]0;\x07.docx", content(b"x")),
    Hostile("=1+1.ndjson", content(event("formula")), "landed"),
    Hostile("[red].ndjson", content(event("markup")), "landed"),
    Hostile("link.ndjson", soft_link),
    Hostile("dangling.ndjson", lambda path: path.symlink_to("/nowhere/at/all")),
    Hostile("loop.ndjson", lambda path: path.symlink_to(path.name)),
    Hostile("root.ndjson", lambda path: path.symlink_to("/")),
    Hostile("zero.ndjson", lambda path: path.symlink_to("/dev/zero")),
    Hostile("hard.ndjson", hard_link),
    Hostile("pipe.ndjson", os.mkfifo),
    Hostile("socket.ndjson", bound_socket),
    Hostile("folder.ndjson", lambda path: path.mkdir()),
    Hostile("holes.ndjson", holes),
    Hostile("holes.ndjson.gz", holes),
    Hostile("pipe.ndjson.report.txt", os.mkfifo),
    Hostile("empty.ndjson", content(b"")),
    Hostile("empty.csv", content(b"")),
    Hostile("empty.parquet", content(b"")),
    Hostile("blank.ndjson", content(b" \r\n" * 1000)),
    Hostile("archive.zip", content(b"PK\3\4" + bytes(100))),
    Hostile("archive.tar.gz", content(gzip.compress(bytes(10_240)))),
    Hostile("archive.parquet.gz", content(gzip.compress(b"PAR1"))),
    Hostile("twice.ndjson.gz", content(gzip.compress(gzip.compress(event("twice")))), "landed"),
    Hostile("no.ndjson.gz", content(b"hello")),
    Hostile("cut.ndjson.gz", content(gzip.compress(os.urandom(1000))[:12])),
    Hostile("members.ndjson.gz", content(gzip.compress(b"\n") * 20_000)),
    Hostile("feeds.ndjson.gz", packed((b"\n" * MIB, 64))),
    Hostile("feeds.csv.gz", packed((HEADER + b"\n", 1), (b"\n" * MIB, 32)), "landed"),
    Hostile("wide.parquet", parquet(**{f"c{number}": [number] for number in range(2_001)})),
    Hostile("wide.csv", content(HEADER + b"".join(b",c%d" % n for n in range(2_001)) + b"\n")),
    Hostile("header.csv", content(HEADER + b"," + b"x" * (2 * MIB) + b"\n")),
    Hostile("binary.csv", content(bytes(range(256)) * 100)),
    Hostile("damaged.parquet", damaged_parquet),
    Hostile("cut.parquet", cut_parquet),
    Hostile("footer.parquet", content(b"PAR1" + b"\xff\xff\xff\x7f" * 20 + b"PAR1")),
    Hostile("date.parquet", parquet(n=dates(2**31 - 1, -(2**31 - 1))), "landed"),
    Hostile("instant.parquet", parquet(n=instants(2**62, "UTC")), "landed"),
    Hostile("local.parquet", parquet(n=instants(-(2**62), None)), "landed"),
    Hostile("duration.parquet", parquet(n=pa.array([2**40], pa.duration("us")))),
    Hostile("exponents.ndjson", content(event("e", f'{{"n":{NUMBERS}}}') * 20), "landed"),
    Hostile("deep.ndjson", content(b"[" * 100_000 + b"]" * 100_000 + b"\n"), "landed"),
    Hostile("deep.csv", content(CELL % (b"properties", b"[" * 9_999)), "landed"),
    Hostile("keys.ndjson", content(KEYS), "landed"),
    Hostile("bom.ndjson", content(b"\xef\xbb\xbf" * 2 + event("bom")), "landed"),
    Hostile("utf16.ndjson", content(event("utf16").decode().encode("utf-16")), "landed"),
    Hostile("nul.ndjson", content(bytes(100_000)), "landed"),
    Hostile("quotes.csv", content(HEADER + b"\n" + b'"\n' * 10_000), "landed"),
)

LARGE = (
    Hostile("bomb.ndjson.gz", packed((b"\n" * MIB, 1_200))),
    Hostile("bomb.csv.gz", packed((HEADER + b"\n", 1), (b"\n" * MIB, 1_200))),
    Hostile("spaces.ndjson.gz", packed((b" " * MIB, 300))),
    Hostile("objects.ndjson.gz", packed((b"{}\n" * 100_000, 3)), "landed"),
    Hostile("commas.csv.gz", packed((HEADER + b"\n", 1), (b",,,\n" * 100_000, 3)), "landed"),
    Hostile("many.ndjson.gz", content(gzip.compress(b"\n") * 500_000)),
    Hostile("exponents.ndjson", content(event("f", f'{{"n":{NUMBERS}}}') * 300), "landed"),
    Hostile("field.csv", content(CELL % (b"x", b"x" * (100 * MIB))), "landed"),
    Hostile("lines.csv", content(CELL % (b"x", b"xxxx\n" * 500_000)), "landed"),
    Hostile("header.csv", content(b"x" * (150 * MIB))),
    Hostile("cell.parquet", parquet(x=["y" * (300 * MIB)])),
    Hostile("repeated.parquet", parquet(100_000, x=["z" * 5_000] * 100_000), "landed"),
)


# What somebody may put into landed/ as the report of a file that lies there.
REPORTS = (
    Hostile("pipe", os.mkfifo),
    Hostile("zero", lambda path: path.symlink_to("/dev/zero")),
    Hostile("folder", lambda path: path.mkdir()),
    Hostile("socket", bound_socket),
    Hostile("loop", lambda path: path.symlink_to(path.name)),
    Hostile("digits", content(b"size " + b"9" * 5_000 + b" bytes")),
    Hostile("nines", content(b"size " + b"9" * 19 + b" bytes"), "landed"),
    Hostile("binary", content(bytes(range(256)) * 100)),
    Hostile("holes", holes),
)


def put(files: tuple[Hostile, ...], inbox: Path) -> None:
    """All of them into a drop folder."""
    inbox.mkdir(parents=True, exist_ok=True)
    for file in files:
        file.make(inbox / file.name)
