"""Contestants must bill the same, and a bill that differs must stop the measurement.

Guards: a benchmark won by the contestant that does less.
"""

import pytest

from benchmarks.contestants import pandas_script, script
from benchmarks.contestants.answers import Disagreement, compare
from benchmarks.contestants.task import Task
from benchmarks.generate.events import CUSTOMERS
from benchmarks.generate.files import write_ndjson
from benchmarks.generate.price_book import write_price_book
from benchmarks.months import MONTH, month_stream


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """The lines of the contestants that run in this process, for 2,000 events."""
    folder = tmp_path_factory.mktemp("contest")
    write_ndjson(month_stream(2_000), folder / "events")
    write_price_book(folder / "book", "usage", CUSTOMERS, str(MONTH[0]))
    outputs = {}
    for name, contestant in {"script": script, "pandas": pandas_script}.items():
        outputs[name] = folder / f"{name}.csv"
        contestant.main(Task(folder / "events", folder / "book", outputs[name], *map(str, MONTH)))
    return outputs


def test_script_and_pandas_bill_the_same(answers):
    assert compare(answers).endswith(" lines")


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a cent", lambda lines: [lines[0].rpartition(",")[0] + ",9999.99", *lines[1:]]),
        ("a line too few", lambda lines: lines[1:]),
        ("a line twice", lambda lines: [*lines, lines[0]]),
    ],
)
def test_another_bill_stops_the_measurement(answers, tmp_path, what, change):
    header, *lines = answers["script"].read_text().splitlines()
    other = tmp_path / "other.csv"
    other.write_text("\n".join([header, *change(lines)]) + "\n")
    with pytest.raises(Disagreement, match="pandas and other differ"):
        compare({"pandas": answers["pandas"], "other": other})


def test_an_empty_bill_stops_the_measurement(answers, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text(answers["script"].read_text().splitlines()[0] + "\n")
    with pytest.raises(Disagreement, match="bills nothing"):
        compare({"empty": empty, "script": empty})
