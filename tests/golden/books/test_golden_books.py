"""Books that a finance person can check with a pocket calculator (S-80 to S-84).

Each folder in `scenarios/` has the arithmetic in its README.md. Guards against a cent that is
earned in the wrong month, twice, or never. Needs the pipeline: six runs of one data directory, and
one for each other policy.
"""

from pathlib import Path

import duckdb
import pytest

from tests.golden.books.conftest import MARTS, ROLL_FORWARDS, of_contracts
from tests.golden.books.steps import LAST, POLICIES, SCENARIOS, STEPS
from tests.golden.merge import read_csv
from tests.golden.pipeline import spelled


def test_expected_books_come_out(expected_books: Path, journals: dict[str, Path]):
    scenario, step = expected_books.parts[-4], expected_books.parts[-2]
    columns = expected_books.read_text("utf-8").splitlines()[0].split(",")
    names, rows = of_contracts(journals[step], expected_books.stem, scenario)
    places = [names.index(column) for column in columns]
    found = sorted(tuple(spelled(row[place], scenario) for place in places) for row in rows)
    want = sorted(
        tuple(spelled(row[column], scenario) for column in columns)
        for row in read_csv(expected_books)
    )
    assert found == want, f"the arithmetic is in {expected_books.parents[2] / 'README.md'}"


@pytest.mark.parametrize("mart", ROLL_FORWARDS)
@pytest.mark.parametrize("step", [*STEPS, *POLICIES])
def test_roll_forwards_go_on_where_the_month_before_ended(
    journals: dict[str, Path], mart: str, step: str
):
    with duckdb.connect() as con:
        rows = con.sql(
            f"from '{journals[step]}/{mart}.parquet' order by currency, account, month"
        ).fetchall()
        names = con.sql(f"from '{journals[step]}/{mart}.parquet' limit 0").columns
    assert rows
    before = None
    for row in (dict(zip(names, row, strict=True)) for row in rows):
        came, *went = (
            (row["billed"], row["drawn"], row["expired"])
            if mart == "deferred_roll_forward"
            else (row["earned"], row["invoiced"])
        )
        assert row["opening"] + came - sum(went) == row["closing"], row
        same = before and all(before[key] == row[key] for key in ("currency", "account"))
        assert row["opening"] == (before["closing"] if same else 0), row
        before = row


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.name)
def test_scenario_is_complete(path: Path):
    """A scenario explains itself, and expects rows of steps and marts that exist."""
    assert (path / "README.md").is_file()
    files = list(path.glob("expected/*/*.csv"))
    assert {file.parent.name for file in files} <= {*STEPS, *POLICIES}
    assert LAST in {file.parent.name for file in files}
    assert {file.stem for file in files} <= set(MARTS)
