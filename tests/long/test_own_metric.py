"""Metrics that Meterhouse does not ship, written as docs/analysts.md says, up to an invoice.

One in SQL that no peer can express: the 95th percentile of hourly peaks per region, weighted by a
lookup table. One in YAML alone, in every aggregation. Guards against a sandbox in which
only the reference metrics work.
"""

import json
import shutil
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from meterhouse.metrics.folders import LOOKUPS, METRICS
from tests.long.checkout import copy_checkout, list_as_billed, run

OWN = Path(__file__).parent / "own_metrics"
AS_OF = "2026-04-20T00:00:00Z"
SEEDS = {
    "customers": "customer_id,name\nacme,Acme\n",
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,US dollar,2,currency\n",
    "products": "product_id,name,type,pricing_group_keys\n"
    "gpu,GPU capacity,usage,region\njobs,Jobs,usage,\n",
    "product_metrics": "product_id,metric,version,starting_on\n"
    "gpu,gpu_peak_p95,1,2026-04-01\njobs,jobs,2,2026-04-01\n",
    "rate_cards": "rate_card_id,name,currency\nlist,List,USD\n",
    "rates": "rate_id,rate_card_id,product_id,starting_on,rate_type,price\n"
    "g,list,gpu,2026-04-01,flat,10\nj,list,jobs,2026-04-01,flat,0.5\n",
    "contracts": "contract_id,customer_id,rate_card_id,starting_on,billing_frequency,"
    "billing_anchor\nacme-1,acme,list,2026-04-01,monthly,first_of_month\n",
    "region_weights": "region,weight\neu,1.5\n",
}
# 20 hours in each region: 19 of them peak at 8 GPUs, one at 100.
SAMPLES = [
    (region, hour, minute, in_use)
    for region in ("eu", "us")
    for hour in range(20)
    for minute, in_use in ((5, 3), (40, 100 if hour == 0 else 8))
]
JOBS = [("done", 30), ("failed", 1000), ("done", "12.5"), ("done", "many")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """With both metrics, a price book that sells them, and their events landed."""
    folder = copy_checkout(tmp_path / "checkout")
    metrics = folder / "dbt_project" / METRICS
    for name, versions in (("gpu_peak_p95", [1]), ("jobs", range(1, 7))):
        (metrics / name).mkdir()
        for path in OWN.glob(f"*{name}_*.*"):
            shutil.copy(path, metrics / name)
        list_as_billed(folder, [(name, version) for version in versions])
    for version in range(1, 7):
        path = metrics / "jobs" / f"jobs_v{version}.sql"
        path.write_text("{{ declared_metric() }}\n", "utf-8")
    lookups = yaml.safe_load((metrics / LOOKUPS).read_text("utf-8"))
    columns = {"region": "varchar", "weight": "decimal(20, 10)"}
    lookups["sources"][0]["tables"].append(
        {
            "name": "region_weights",
            "columns": [{"name": name, "data_type": kind} for name, kind in columns.items()],
        }
    )
    (metrics / LOOKUPS).write_text(yaml.safe_dump(lookups), "utf-8")
    (folder / "seeds").mkdir()
    for name, rows in SEEDS.items():
        (folder / "seeds" / f"{name}.csv").write_text(rows, "utf-8")
    (folder / "usage.ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in _events()))
    return folder


def _events():
    for region, hour, minute, in_use in SAMPLES:
        yield _event(
            f"{region}-{hour}-{minute}",
            "gpu_sample",
            f"2026-04-10T{hour:02}:{minute:02}:00Z",
            {"region": region, "in_use": in_use},
        )
    for number, (status, minutes) in enumerate(JOBS):
        properties = {"status": status, "minutes": minutes, "user_id": "u"}
        yield _event(f"job-{number}", "job", f"2026-04-1{number}T00:00:00Z", properties)


def _event(transaction_id: str, event_type: str, timestamp: str, properties: dict) -> dict:
    return {
        "transaction_id": transaction_id,
        "customer_id": "acme",
        "event_type": event_type,
        "timestamp": timestamp,
        "properties": properties,
    }


UNIT_TESTS = """
from meterhouse.dbt.invoke import invoke
from meterhouse.dbt.project import parsed_project
from meterhouse.common.settings import DBT_PROJECT, home
done = invoke(["test", "--select", "jobs,test_type:unit", "gpu_peak_p95,test_type:unit"],
    DBT_PROJECT, target=home() / "t", logs=home() / "l", manifest=parsed_project().dbt_manifest)
assert done.result is not None, done.exception
tested = [one for one in done.result.results if one.node.resource_type == "unit_test"]
for one in tested:
    assert str(one.status) == "pass", f"{one.node.name}: {one.message}"
print(len(tested), "passed")
"""


def test_own_metrics_are_tested_invoiced_and_previewed(checkout: Path):
    (checkout / "unit_tests.py").write_text(UNIT_TESTS, "utf-8")
    assert run(checkout, "unit_tests", home=checkout / "scratch") == "7 passed\n"

    run(checkout, "meterhouse.cli", "ingest", "--as-of", AS_OF, "usage.ndjson")
    run(checkout, "meterhouse.cli", "run", "--as-of", AS_OF)
    assert _lines(checkout) == [
        ("gpu", '{"region":"eu"}', "gpu_peak_p95", 1, Decimal(12), Decimal(120)),
        ("gpu", '{"region":"us"}', "gpu_peak_p95", 1, Decimal(8), Decimal(80)),
        ("jobs", "{}", "jobs", 2, Decimal("42.5"), Decimal("21.25")),
    ]
    # A declared metric lists what is not a number like any other.
    bad = f"from '{checkout}/data/marts/bad_quantities.parquet'"
    listed = "metric, property, reason, example_transaction_id"
    assert duckdb.sql(f"select {listed} {bad}").fetchall() == [
        ("jobs", "minutes", "not_a_number", "job-3")
    ]

    # A lookup table is part of the metric: an edited weight shows in a preview.
    edited = checkout / "edited"
    shutil.copytree(checkout / "seeds", edited)
    (edited / "region_weights.csv").write_text("region,weight\neu,2\n", "utf-8")
    asked = ("preview", "--seeds", str(edited), "--format", "json")
    found = json.loads(run(checkout, "meterhouse.cli", *asked))
    changed = [line for line in found["lines"] if Decimal(line["difference"])]
    [line] = changed
    assert (line["pricing_group"], line["amount_now"]) == ('{"region":"eu"}', "120.0000")
    assert line["amount_preview"] == "160.0000"

    # A version that no product uses, before anything is sold with it.
    asked = ("metric", "jobs", "--version", "1", "--customer", "acme", "--period", "2026-04")
    shown = run(checkout, "meterhouse.cli", *asked)
    assert "Events of its types: 4, the latest 4" in shown
    assert shown.count("nothing") == 1, shown


def _lines(checkout: Path) -> list[tuple]:
    line = "product_id, pricing_group, metric, metric_version, quantity, amount"
    marts = checkout / "data" / "marts"
    return duckdb.sql(f"select {line} from '{marts}/invoice_lines.parquet' order by all").fetchall()
