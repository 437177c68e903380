"""One data directory for all scenarios about books, through what commands call, and its marts."""

import csv
import json
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from meterhouse.cli.main import main
from meterhouse.common.model_sql import model_sql
from meterhouse.run.once import run_once
from tests.golden.books.steps import LAST, POLICIES, SCENARIOS, STEPS, listed
from tests.golden.merge import write_price_book
from tests.golden.pipeline import Table

ROLL_FORWARDS = ("deferred_roll_forward", "unbilled_roll_forward")
MARTS = ("journal_entries", *ROLL_FORWARDS, "revenue_by_month")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data directory is, in `home`."""
    return tmp_path_factory.mktemp("books")


@pytest.fixture(scope="session")
def journals(folder: Path) -> dict[str, Path]:
    """Step or policy → folder with the marts as published then."""
    kept, done = {}, []
    for step, (lands, runs) in STEPS.items():
        done.append(step)
        # A table that no scenario has rows of any more is not there.
        shutil.rmtree(folder / "seeds", ignore_errors=True)
        (folder / "seeds").mkdir()
        write_price_book(folder / "seeds", SCENARIOS, done)
        if events := _events(step):
            file = folder / f"{step}.ndjson"
            file.write_text(events, "utf-8")
            meterhouse(folder, "ingest", "--as-of", lands, str(file))
        if ids := listed("retract", "transaction_id", step):
            meterhouse(folder, "retract", *ids, "--reason", "a mistake", "--as-of", lands)
        for invoice in listed("void", "invoice_id", step):
            meterhouse(folder, "void", invoice, "--reason", "wrong", "--yes", "--as-of", lands)
        meterhouse(folder, "run", "--as-of", runs)
        kept[step] = _kept(folder, step)
    for policy, rows in POLICIES.items():
        other = folder / f"with_{policy}"
        shutil.copytree(folder / "home", other / "home", symlinks=True)
        shutil.copytree(folder / "seeds", other / "seeds")
        with open(other / "seeds" / "revenue_policies.csv", "w", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        meterhouse(other, "run", "--as-of", STEPS[LAST][1])
        kept[policy] = _kept(other, policy)
    return kept


class _Clock:
    """The clock of a run, stopped."""

    ahead = False

    def __init__(self, moment: str):
        self._moment = datetime.fromisoformat(moment)

    def moment(self) -> datetime:
        """That moment."""
        return self._moment

    def checked(self, home: Path) -> datetime:
        """The same."""
        return self._moment


def meterhouse(folder: Path, *arguments: str) -> None:
    """One command on the data directory and price book in `folder`, in this process.

    A run without Dagster, which is the same in all scenarios: one process for all takes a third.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METERHOUSE_HOME", str(folder / "home"))
        patch.setenv("METERHOUSE_SEEDS", str(folder / "seeds"))
        if arguments[0] == "run":
            assert run_once(folder / "home", _Clock(arguments[-1])).published
        else:
            assert main(list(arguments)) == 0, arguments


def of_contracts(marts: Path, mart: str, scenario: str) -> Table:
    """The mart as it would be if a scenario were alone: its SQL, over the scenario's journal."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(
            f"create table journal_entries as from '{marts}/journal_entries.parquet' "
            f"where starts_with(contract_id, '{scenario}-')"
        )
        con.execute("create schema inputs")
        con.execute(
            f"create table inputs.run as select max(as_of) as as_of from '{marts}/runs.parquet'"
        )
        con.execute("create table inputs.closed_months (month DATE)")
        found = con.sql(
            "from journal_entries" if mart == "journal_entries" else model_sql(mart, "marts")
        )
        return found.columns, found.fetchall()


def _kept(folder: Path, name: str) -> Path:
    target = folder / "kept" / name
    shutil.copytree(folder / "home" / "marts", target)
    return target


def _events(step: str) -> str:
    lines = []
    for path in SCENARIOS:
        if (file := path / f"{step}.ndjson").exists():
            for line in file.read_text("utf-8").splitlines():
                event = json.loads(line)
                for key in ("transaction_id", "customer_id"):
                    event[key] = f"{path.name}-{event[key]}"
                lines.append(json.dumps(event))
    return "".join(f"{line}\n" for line in lines)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per scenario, step and expected file."""
    if "expected_books" in metafunc.fixturenames:
        files = [file for path in SCENARIOS for file in sorted(path.glob("expected/*/*.csv"))]
        labels = [f"{file.parts[-4]}-{file.parts[-2]}-{file.stem}" for file in files]
        metafunc.parametrize("expected_books", files, ids=labels)
