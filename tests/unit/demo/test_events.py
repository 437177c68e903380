"""The demo's events: the same bytes every time, and all that the demo promises to show.

Guards against a demo that silently stops showing a duplicate, a late event or a broken line.
"""

import hashlib
import os
import subprocess
import sys

import pandas as pd
import pytest

from demo.company import STEPS, customers
from demo.injected_faults import ALIASES, LATE_STEP


def _digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_bytes_in_another_process(landings, tmp_path):
    command = (
        "import sys, pathlib; from demo.files import generate; generate(pathlib.Path(sys.argv[1]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    subprocess.run([sys.executable, "-c", command, str(tmp_path)], check=True, env=environment)
    first = landings[0][0][1].parent
    assert _digests(tmp_path) == _digests(first)


def test_three_formats(landings):
    names = [path.name for pairs in landings for _, path in pairs]
    assert sum(name.endswith(".csv.gz") for name in names) == 1
    assert sum(name.endswith(".parquet") for name in names) == 1


def test_a_few_hundred_thousand_events_of_all_types(sent):
    assert 250_000 < len(sent) < 500_000
    assert set(sent["event_type"]) >= {
        "llm_request",
        "api_call",
        "transfer",
        "storage_sample",
        "connection_sample",
        "seat_active",
        "instance_start",
        "instance_heartbeat",
        "instance_stop",
    }


def test_a_power_law_and_a_week(sent):
    requests = sent[sent["event_type"] == "llm_request"]
    by_customer = requests["customer_id"].value_counts()
    assert by_customer.head(6).sum() > by_customer.sum() * 0.3
    at = pd.to_datetime(requests["timestamp"].str[:19], format="%Y-%m-%dT%H:%M:%S", errors="coerce")
    by_weekday = at.dt.day_of_week.value_counts()
    assert by_weekday[[5, 6]].max() < by_weekday[[0, 1, 2, 3, 4]].min() * 0.7


def test_repeated_and_contradicting_ids(sent):
    content = sent["properties"].map(str) + sent["timestamp"].map(str)
    repeats = sent["transaction_id"].duplicated(keep=False)
    distinct = content[repeats].groupby(sent["transaction_id"][repeats]).nunique()
    assert (distinct == 1).sum() > 500
    assert 10 <= (distinct > 1).sum() <= 30


def test_every_reason_that_a_line_can_be_wrong_for(landings):
    gateway = [path for pairs in landings for _, path in pairs if "gateway" in path.name]
    text = b"".join(path.read_bytes() for path in gateway)
    for trace in (
        b'\n"ping"\n',
        b"propertys",
        b'"timestamp":"2036',
        b"caf\xe9",
        b'"event_type":"call","event_type"',
        b'"customer_id":20931',
        b'"timestamp":"2025-11',
    ):
        assert trace in text, trace


@pytest.mark.parametrize("name", LATE_STEP)
def test_late_files_hold_events_of_a_month_that_is_final(sent, name):
    step = STEPS[LATE_STEP[name]]
    late = sent[sent["file"] == f"{step.name}-{name}.ndjson"]
    assert len(late) > 100
    month_start = step.as_of.strftime("%Y-%m-01")
    before = late["timestamp"] < month_start
    assert before.all()
    oldest = pd.Timestamp(late["timestamp"].min())
    assert pd.Timestamp(step.as_of) - oldest < pd.Timedelta(days=34)


def test_aliases_and_a_stranger(sent):
    sent_ids = set(sent["customer_id"].map(str))
    assert {alias for aliases in ALIASES.values() for alias, _ in aliases} <= sent_ids
    assert "nimbus-trial" in sent_ids


def test_a_customer_of_the_workload_is_one_of_the_price_book():
    listed = set(pd.read_csv("seeds/customers.csv")["customer_id"])
    assert set(customers()["customer_id"]) - listed == {"nimbus-trial"}
    assert len(listed) == 60
