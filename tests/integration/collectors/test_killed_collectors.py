"""Guards against a collecting process that dies and takes or doubles rows with it (S-61).

SIGKILL at random moments over 200,000 rows of a real PostgreSQL, while it writes; then every row is
counted. METERHOUSE_KILLS asks for more of them. Skipped where PostgreSQL is not installed.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from raw_events.log.event_log import EventLog
from raw_events.log.verify import verify_log
from tests.unit.raw_events.event_cases import landed

ROWS = 200_000
KILLS = int(os.environ.get("METERHOUSE_KILLS", "10"))
SEED = 20260815


def collecting(home: Path, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "meterhouse.cli", "collect", "jobs"],
        env={
            **os.environ,
            "METERHOUSE_HOME": str(home),
            "METERHOUSE_COLLECTORS": str(folder),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def test_killed_at_random_moments_each_row_lands_once(tmp_path, db, other, collector):
    db.execute(
        "insert into jobs select i, 'c' || i % 100, i / 8.0, now() - i * interval '1 second' "
        f"from generate_series(1, {ROWS}) i"
    )
    # Windows of 20,000 rows: most kills are in the middle of one.
    folder = collector(max_window="20000s", start="2026-01-01")
    moment, home, kills = random.Random(SEED), tmp_path / "home", 0
    deadline = time.monotonic() + 240
    late = ROWS
    # How long a start takes here, so that kills come after it.
    begun = time.monotonic()
    listing = [sys.executable, "-m", "meterhouse.cli", "source", "list"]
    subprocess.run(listing, capture_output=True, check=False)
    start = time.monotonic() - begun
    while kills < KILLS:
        assert time.monotonic() < deadline
        process = collecting(home, folder)
        time.sleep(start * 0.7 + moment.random() * 1.5)
        # Meanwhile the source goes on, with a transaction that commits late.
        late += 1
        insert = "insert into jobs (job_id, customer_id) values (%s, 'late')"
        other.execute(insert, [late])
        db.execute(insert, [late + 1_000_000])
        if process.poll() is None:
            process.kill()
            kills += 1
        process.wait()
        other.commit()
    time.sleep(1.1)
    process = collecting(home, folder)
    said = process.communicate()[0]
    assert process.returncode == 0, said
    time.sleep(1.1)
    process = collecting(home, folder)
    assert process.wait() == 0

    counted = Counter(json.loads(row["properties"])["job_id"] for row in landed(home))
    wanted = {id for (id,) in db.execute("select job_id from jobs").fetchall()}
    assert set(counted) == wanted and len(wanted) == ROWS + 2 * (late - ROWS)
    assert set(counted.values()) == {1}
    assert verify_log(EventLog(home)) == []
