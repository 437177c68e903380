"""The steps of docs/analysts.md, followed on a copy of the checkout, up to an invoice.

Guards against a page that does not work and a skeleton that misses a file.
"""

import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from meterhouse.common.settings import PROJECT

AS_OF = "2026-04-20T00:00:00Z"
SEEDS = {
    "customers": "customer_id,name\nacme,Acme\n",
    "pricing_units": "pricing_unit,name,decimals,kind\nUSD,US dollar,2,currency\n",
    "products": "product_id,name,type,pricing_group_keys\ngpu,GPU,usage,model\n",
    "product_metrics": "product_id,metric,version,starting_on\ngpu,gpu_minutes,1,2026-04-01\n",
    "rate_cards": "rate_card_id,name,currency\nlist,List,USD\n",
    "rates": (
        "rate_id,rate_card_id,product_id,pricing_group,starting_on,rate_type,price\n"
        'a,list,gpu,"{""model"":""h100""}",2026-04-01,flat,0.05\n'
        "b,list,gpu,,2026-04-01,flat,0.01\n"
    ),
    "contracts": (
        "contract_id,customer_id,rate_card_id,starting_on,billing_frequency,billing_anchor\n"
        "acme-1,acme,list,2026-04-01,monthly,first_of_month\n"
    ),
}
EVENTS = [("h100", "90.5"), ("h100", "9.5"), ("l4", "12"), ("l4", "many")]


def page_sql() -> str:
    """The SQL of the page's metric, as it stands there."""
    page = (PROJECT / "docs" / "analysts.md").read_text("utf-8")
    [block] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    return re.sub(r"^   ", "", block, flags=re.MULTILINE)


def page_changes() -> list[tuple[str, str]]:
    """What the page says to change in the skeleton's YAML: (what it has, what to write)."""
    page = (PROJECT / "docs" / "analysts.md").read_text("utf-8")
    _, after = page.split("| the skeleton has |")
    table, _ = after.split("\n\n", 1)
    return re.findall(r"^ +\| `(.+)` \| `(.+)` \|$", table, re.MULTILINE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    generated = shutil.ignore_patterns("target", "logs", "dbt_packages", "__pycache__")
    for folder in ("raw_events", "meterhouse", "dagster_pipeline", "dbt_project"):
        shutil.copytree(PROJECT / folder, tmp_path / "checkout" / folder, ignore=generated)
    for file in ("dagster.yaml", "pyproject.toml"):
        shutil.copy(PROJECT / file, tmp_path / "checkout")
    return tmp_path / "checkout"


def run(checkout: Path, module: str, *arguments: str) -> str:
    """What a module of the copy prints; its error is the test's."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=checkout,
        env={
            **os.environ,
            "PYTHONPATH": str(checkout),
            "METERHOUSE_HOME": str(checkout / "data"),
            "METERHOUSE_SEEDS": str(checkout / "seeds"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def replace(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, f"the skeleton has no {old!r}"
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


def test_the_steps_lead_to_an_invoice(checkout: Path):
    run(checkout, "meterhouse.metrics.scaffold", "gpu_minutes")
    folder = checkout / "dbt_project" / "models" / "metrics" / "gpu_minutes"
    (folder / "gpu_minutes_v1.sql").write_text(page_sql(), "utf-8")
    replace(folder / "_gpu_minutes__models.yml", *page_changes())
    assert "passed" in run(checkout, "meterhouse.metrics.try_out", "gpu_minutes", "1")

    (checkout / "seeds").mkdir()
    for name, rows in SEEDS.items():
        (checkout / "seeds" / f"{name}.csv").write_text(rows, "utf-8")
    lines = [
        f'{{"transaction_id": "job-{number}", "customer_id": "acme", "event_type": "gpu_job", '
        f'"timestamp": "2026-04-1{number}T00:00:00Z", '
        f'"properties": {{"model": "{model}", "minutes": "{minutes}"}}}}\n'
        for number, (model, minutes) in enumerate(EVENTS)
    ]
    (checkout / "jobs.ndjson").write_text("".join(lines), "utf-8")
    run(checkout, "meterhouse.cli", "ingest", "--as-of", AS_OF, "jobs.ndjson")
    run(checkout, "meterhouse.cli", "run", "--as-of", AS_OF)

    marts = checkout / "data" / "marts"
    line = "pricing_group, metric, metric_version, quantity, unit_price, amount"
    query = f"select {line} from '{marts}/invoice_lines.parquet' order by all"
    assert duckdb.sql(query).fetchall() == [
        ('{"model":"h100"}', "gpu_minutes", 1, Decimal(100), Decimal("0.05"), Decimal(5)),
        ('{"model":"l4"}', "gpu_minutes", 1, Decimal(12), Decimal("0.01"), Decimal("0.12")),
    ]
    bad = "metric, property, events, example_transaction_id"
    query = f"select {bad} from '{marts}/bad_quantities.parquet'"
    assert duckdb.sql(query).fetchall() == [("gpu_minutes", "minutes", 1, "job-3")]
