"""Two runs and several landings at once, with a reader: guards against anything done twice."""

from meterhouse.ledger.store import Ledger
from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from tests.long.company import FINAL, fingerprint, start
from tests.long.reader import reading
from tests.twice.__main__ import events


def test_of_two_runs_one_waits_and_nothing_doubles(made, drafts, record_property):
    with reading(drafts, record_property):
        runs = [start(drafts, "run", "--as-of", FINAL) for _ in range(2)]
        said = [run.communicate(timeout=600)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert sum("Another run is in progress" in output for output in said) == 1
    assert fingerprint(drafts) == fingerprint(made / "final")
    assert Ledger(drafts).version() == 1


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
    assert [entry.accepted for entry in log.entries(before, log.version())] == 4 * [12]
    assert verify_log(log) == []
