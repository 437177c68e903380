"""Two runs and several landings at once, with a reader: guards against anything done twice."""

import threading
from pathlib import Path

import duckdb

from dagster_pipeline.ledger.store import Ledger
from raw_events.log import EventLog
from tests.long.company import FINAL, fingerprint, start
from tests.twice.__main__ import events


class Reader(threading.Thread):
    """Reads the marts again and again; every read must be of one run."""

    def __init__(self, home: Path):
        super().__init__()
        self.home, self.stop = home, threading.Event()
        self.reads, self.seen, self.errors = 0, set(), []

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                # The link is followed once, as README.md says.
                folder = (self.home / "marts").resolve()
                with duckdb.connect() as con:
                    (state,) = con.execute(
                        "select (select list((invoice_id, status, total) order by invoice_id) "
                        f"from '{folder}/invoices.parquet'), (select sum(amount) "
                        f"from '{folder}/invoice_lines.parquet'), (select sum(total) "
                        f"from '{folder}/invoices.parquet')"
                    ).fetchall()
                self.seen.add(str(state))
                if state[1] != state[2]:
                    self.errors.append(f"lines {state[1]}, invoices {state[2]}")
                self.reads += 1
            except duckdb.Error as error:
                self.errors.append(str(error))


def test_of_two_runs_one_waits_and_nothing_doubles(made, drafts):
    reader = Reader(drafts)
    reader.start()
    runs = [start(drafts, "run", "--as-of", FINAL) for _ in range(2)]
    said = [run.communicate(timeout=600)[0] for run in runs]
    reader.stop.set()
    reader.join()
    assert [run.returncode for run in runs] == [0, 0], said
    assert sum("Another run is in progress" in output for output in said) == 1
    assert fingerprint(drafts) == fingerprint(made / "final")
    assert Ledger(drafts).version() == 1
    assert reader.errors == []
    assert reader.reads > 20 and len(reader.seen) == 2, (reader.reads, reader.seen)
    print(f"reads: {reader.reads}")


def test_several_landings_beside_a_run_are_all_kept(drafts):
    files = []
    for number in range(4):
        file = drafts / f"more-{number}.ndjson"
        file.write_text(
            events(range(1, 3)).replace('"transaction_id": "', f'"transaction_id": "{number}/')
        )
        files.append(file)
    before = EventLog(drafts).version()
    work = [start(drafts, "run", "--as-of", FINAL)]
    work += [start(drafts, "ingest", "--as-of", FINAL, str(file)) for file in [*files, files[0]]]
    said = [process.communicate(timeout=600)[0] for process in work]
    assert [process.returncode for process in work] == 6 * [0], said
    log = EventLog(drafts)
    assert log.version() == before + 4
    assert [commit.accepted for commit in log.commits(before, log.version())] == 4 * [12]
    assert log.verify() == []
