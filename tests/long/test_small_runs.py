"""Only contracts that something happened to are computed, and the same comes out (decision 0385).

Guards against a contract whose drafts are those of an hour ago: small runs of several days, one of
them killed, beside a run that computes all contracts of the same inputs. This test goes through
whole runs, so it takes minutes.
"""

import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.long.company import fingerprint, start, succeed
from tests.long.small_runs import History
from tests.project.tables_of_contracts import MODELS, OF_ALL

DAYS, RUNS, THINGS = 2, 2, 12
# What of a row says which run computed it; of an alert, what that one told (S-76).
OF_THE_RUN = ("price_book", "change", "occurrence")


def run(history: History, home: Path, *options: str) -> None:
    succeed(home, "run", "--as-of", history.now.isoformat(), *options, seeds=history.seeds)


def kept_rows(home: Path) -> dict[str, list[tuple]]:
    """All rows of the tables that hold all contracts."""
    found = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as con:
        for name in OF_ALL:
            table = f"{MODELS[name].layer}.{name}"
            columns = [one for one in con.sql(f"from {table}").columns if one not in OF_THE_RUN]
            names = ", ".join(f'"{column}"' for column in columns)
            found[table] = con.execute(f"select {names} from {table} order by all").fetchall()
        counted = con.execute("select count(*) from calendar.contracts_to_rate").fetchall()
        found["computed"] = counted
    return found


@pytest.mark.parametrize("seed", [7])
def test_small_runs_give_what_a_run_of_all_contracts_gives(tmp_path: Path, seed: int):
    """S-4, S-43, S-44, S-50, S-51, S-56, S-58: byte for byte, whatever happened since."""
    history, happened = History(tmp_path, seed), []
    run(history, history.home)
    history.now += timedelta(minutes=1)
    # what became final is computed once more with the book that made it so, before any edit
    run(history, history.home)
    for day in range(DAYS):
        for number in range(RUNS):
            happened += history.happen(THINGS)
            if day and number:
                killed = start(
                    history.home, "run", "--as-of", history.now.isoformat(), seeds=history.seeds
                )
                # while models are built, as a rule; wherever it is, it costs nothing
                with pytest.raises(Exception, match="timed out"):
                    killed.communicate(timeout=12)
                killed.kill()
                killed.communicate()
            run(history, history.home)
        history.now += timedelta(minutes=1)
        whole = tmp_path / "whole"
        shutil.rmtree(whole, ignore_errors=True)
        shutil.copytree(history.home, whole, symlinks=True)
        run(history, whole, "--again")
        run(history, history.home)
        small, large = kept_rows(history.home), kept_rows(whole)
        assert small.pop("computed") < large.pop("computed")
        assert small == large, happened
        assert fingerprint(history.home) == fingerprint(whole), happened
        history.now = history.now.replace(hour=10) + timedelta(days=1)
        run(history, history.home)
    succeed(history.home, "verify", seeds=history.seeds)
