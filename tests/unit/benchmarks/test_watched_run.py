"""The stop watch tells DuckDB's work from that of the programs around it.

Guards: a table that blames the wrong one for a slow run.
"""

import sys
import threading
import time
from contextlib import suppress

import duckdb
import pytest

from benchmarks.watched_run import Watch, kind_of_work

CODE = "def work(con):\n    {line}\n"
QUERY = "con.execute('select sum(sqrt(i)) from range(1000000000000) as numbers(i)')"


def at_work(tmp_path, line, argument, program="site-packages/dagster"):
    """The frame of a thread that executes `line`, and the thread."""
    path = tmp_path / program / "work.py"
    path.parent.mkdir(parents=True)
    path.write_text(CODE.format(line=line))
    names: dict = {}
    exec(compile(path.read_text(), str(path), "exec"), names)

    def run():
        with suppress(duckdb.InterruptException):
            names["work"](argument)

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.3)
    return sys._current_frames()[thread.ident], thread


def test_a_query_of_any_thread_is_duckdb(tmp_path):
    with duckdb.connect() as con:
        frame, thread = at_work(tmp_path, QUERY, con, "dagster_pipeline")
        kind = kind_of_work({1: sys._getframe(), 2: frame}, main=1)
        con.interrupt()
        thread.join()
    assert kind == "DuckDB"


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("site-packages/dagster/_core", "Dagster"),
        ("site-packages/sqlalchemy", "Dagster"),
        ("site-packages/dbt/task", "dbt"),
        ("dagster_pipeline/ledger", "Meterhouse"),
    ],
)
def test_other_work_is_of_the_innermost_known_program(tmp_path, program, kind):
    over: list[bool] = []
    frame, thread = at_work(tmp_path, "while not con: pass", over, program)
    kinds = kind_of_work({1: frame}, main=1), kind_of_work({1: sys._getframe(), 2: frame}, main=2)
    over.append(True)
    thread.join()
    assert kinds == (kind, kind)


def test_all_seconds_are_counted():
    watch = Watch(threading.get_ident())
    watch.start()
    time.sleep(0.3)
    watch.over = True
    watch.join()
    assert sum(watch.seconds.values()) == pytest.approx(0.3, abs=0.1)
