"""How events are delivered changes no byte of the marts (S-4, S-8).

The price book and events of all golden scenarios, with repeated, unmatched and unreadable events
beside them: as one file; shuffled over three batches and computed by one thread; and delivered
twice. Guards against a result that hangs on the order of rows, on a file's name, on where a batch
ends, or on which thread was first.

Two events with one id that differ are left out: the first landed wins, so there the order of
delivery rightly decides. `event_outcomes` counts what landed, so what is delivered again in another
file stands there as duplicates, and nowhere else; the same file again does not even do that.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.golden.merge import write_events, write_price_book

HERE = Path(__file__).parent
# All batches land in one moment: the day of receipt is a column of event_outcomes (S-4).
LANDED, FINAL = "2026-02-01T12:00:00Z", "2026-02-02T00:00:00Z"
COMMAND = ["-m", "meterhouse.cli"]


def odd_events() -> list[str]:
    """A user's usage in parts, repeated; a customer that nobody knows; a number that is none."""
    event = {"customer_id": "breakdown-acme", "event_type": "llm_request"}
    rows = [
        {"transaction_id": f"odd-{number}", "timestamp": f"2026-01-{5 + number % 20:02d}T01:00:00Z",
         "properties": {"input_tokens": 7 + number, "user_id": f"u{number % 3}"}, **event}
        for number in range(30)
    ]  # fmt: skip
    rows += rows[:4]
    rows.append({**rows[0], "transaction_id": "odd-stranger", "customer_id": "stranger"})
    rows.append({**rows[0], "transaction_id": "odd-nan", "properties": {"input_tokens": "1_0"}})
    return [json.dumps(row) for row in rows]


def meterhouse(home: Path, *arguments: str, threads: str = "all") -> None:
    command = [str(HERE / "one_thread.py")] if threads == "one" else COMMAND
    done = subprocess.run(
        [sys.executable, *command, *arguments],
        env={**os.environ, "METERHOUSE_HOME": str(home),
             "METERHOUSE_SEEDS": str(home.parent / "seeds"), "PYTHONPATH": os.getcwd()},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A folder with the price book, and the events line by line."""
    folder = tmp_path_factory.mktemp("delivery")
    (folder / "seeds").mkdir()
    write_price_book(folder / "seeds")
    write_events(folder / "golden.ndjson")
    return folder, (folder / "golden.ndjson").read_text("utf-8").splitlines() + odd_events()


def write(file: Path, lines: list[str]) -> str:
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return str(file)


def shuffled(lines: list[str], seed: int) -> list[str]:
    return random.Random(seed).sample(lines, len(lines))


def digests(home: Path) -> dict[str, str]:
    return {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "marts").glob("*.parquet"))
        # The seconds that a run took are its own.
        if path.stem != "runs"
    }


def unnumbered_lines(home: Path) -> list[tuple]:
    return duckdb.sql(
        f"select * exclude (invoice_number) from '{home}/marts/invoice_lines.parquet'"
    ).fetchall()


@pytest.fixture(scope="module")
def plain(lines: tuple[Path, list[str]]) -> Path:
    """Home of the events as one file in the order of their making."""
    folder, rows = lines
    home = folder / "plain"
    meterhouse(home, "ingest", "--as-of", LANDED, write(folder / "all.ndjson", rows))
    meterhouse(home, "run", "--as-of", FINAL)
    return home


def test_order_batches_and_threads_change_no_byte(plain: Path, lines: tuple[Path, list[str]]):
    folder, rows = lines
    home, mixed = folder / "batches", shuffled(rows, 3)
    for place, (first, last) in enumerate(((0, 7), (7, 60), (60, len(rows)))):
        file = write(folder / f"z{9 - place}.ndjson", mixed[first:last])
        meterhouse(home, "ingest", "--as-of", LANDED, file, threads="one")
    meterhouse(home, "run", "--as-of", FINAL, threads="one")
    assert digests(home) == digests(plain)


def test_a_second_delivery_is_counted_and_changes_nothing_else(
    plain: Path, lines: tuple[Path, list[str]]
):
    folder, rows = lines
    home = folder / "again"
    files = [write(folder / "one.ndjson", rows), write(folder / "two.ndjson", shuffled(rows, 4))]
    meterhouse(home, "ingest", "--as-of", LANDED, *files)
    meterhouse(home, "ingest", "--as-of", LANDED, files[0])
    meterhouse(home, "run", "--as-of", FINAL)
    found, wanted = digests(home), digests(plain)
    assert found.pop("event_outcomes") != wanted.pop("event_outcomes")
    assert found == wanted
    counts = [
        dict(duckdb.sql(f"select outcome, sum(events) from '{each}/marts/event_outcomes.parquet'"
                        " group by all").fetchall())
        for each in (home, plain)
    ]  # fmt: skip
    assert counts[0].pop("duplicate") == counts[1].pop("duplicate") + len(rows)
    assert counts[0] == counts[1]


def test_a_repeat_is_found_after_a_change_of_duckdb(plain: Path, lines: tuple[Path, list[str]]):
    folder, rows = lines
    home = folder / "upgraded"
    files = [write(folder / "before.ndjson", rows), write(folder / "after.ndjson", rows[::-1])]
    meterhouse(home, "ingest", "--as-of", LANDED, files[0])
    meterhouse(home, "run", "--as-of", LANDED)
    # As if a version with another hash had computed so far.
    with duckdb.connect(str(home / "warehouse.duckdb")) as con:
        con.execute("update events.landed_events set transaction_digest = transaction_digest // 2")
    meterhouse(home, "ingest", "--as-of", LANDED, files[1])
    meterhouse(home, "run", "--as-of", FINAL)
    found, wanted = digests(home), digests(plain)
    # These say when what became final, and its number: here some of it in the first run.
    for mart in ("event_outcomes", "invoices", "invoice_lines", "commit_ledger"):
        assert found.pop(mart) != wanted.pop(mart)
    assert found == wanted
    assert unnumbered_lines(home) == unnumbered_lines(plain)
