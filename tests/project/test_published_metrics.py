"""Published metric versions are frozen (S-14).

Guards against an edit that would change what an invoice says it was made with.
"""

import csv
import shutil
from pathlib import Path

import pytest

from meterhouse.common.errors import UsageError
from meterhouse.common.settings import DBT_PROJECT, PROJECT
from meterhouse.metrics.published import (
    changed_metrics,
    metric_digest,
    publish,
    published_metrics,
)
from meterhouse.metrics.registry import billed_metrics

SQL = "models/metrics/llm_tokens/llm_tokens_v1.sql"
YAML = "models/metrics/llm_tokens/_llm_tokens__models.yml"


@pytest.fixture
def dbt_project(tmp_path: Path) -> Path:
    for folder in ("models/metrics", "macros/project"):
        shutil.copytree(DBT_PROJECT / folder, tmp_path / folder)
    shutil.copy(DBT_PROJECT / "published_metrics.csv", tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_what_is_carried_over_is_part_of_a_version(dbt_project: Path):
    """S-56: an edited `carry` would bill something else; a version without it stays as it was."""
    before = {
        version: metric_digest("storage_gb_latest", version, dbt_project) for version in (1, 2)
    }
    edit(
        dbt_project / YAML.replace("llm_tokens", "storage_gb_latest"), "having: gb", "having: size"
    )
    assert metric_digest("storage_gb_latest", 1, dbt_project) == before[1]
    assert metric_digest("storage_gb_latest", 2, dbt_project) != before[2]


def test_no_published_version_has_changed():
    assert not changed_metrics(), "\n" + "\n".join(changed_metrics())


def test_every_version_that_the_demo_sells_is_published():
    with (PROJECT / "seeds" / "product_metrics.csv").open(encoding="utf-8", newline="") as file:
        sold = {(row["metric"], int(row["version"])) for row in csv.DictReader(file)}
    missing = sorted(sold - published_metrics().keys())
    assert not missing, f"publish {missing}: python -m meterhouse.metrics.published NAME VERSION"


def test_an_edit_is_refused_with_the_way_out(dbt_project: Path):
    edit(dbt_project / SQL, "+", "+ 2 *")
    [problem] = changed_metrics(dbt_project)
    assert problem.startswith("llm_tokens version 1 is published")
    assert "copy llm_tokens_v1.sql to llm_tokens_v3.sql" in problem
    assert "`('llm_tokens', 3),`" in problem


def test_whitespace_and_descriptions_may_change(dbt_project: Path):
    edit(dbt_project / SQL, "\n    ", "\n  ")
    edit(dbt_project / YAML, "Tokens of LLM requests", "Tokens of requests to models")
    assert changed_metrics(dbt_project) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[llm_request]", "[llm_request, llm_retry]"),
        ("group_keys: [model, user_id]", "group_keys: [model]"),
        ("rollup: sum", "rollup: max"),
    ],
)
def test_what_the_yaml_says_of_its_meaning_is_frozen_too(dbt_project: Path, old: str, new: str):
    edit(dbt_project / YAML, old, new)
    assert [problem.split(" is ")[0] for problem in changed_metrics(dbt_project)] == [
        "llm_tokens version 1",
        "llm_tokens version 2",
    ]


def test_a_published_version_is_not_taken_away(dbt_project: Path):
    (dbt_project / SQL).unlink()
    assert changed_metrics(dbt_project)[0].startswith("llm_tokens version 1 is published")


def test_a_version_is_published_once_and_only_when_it_is_billed(dbt_project: Path):
    with pytest.raises(UsageError, match="published already"):
        publish("llm_tokens", 1, dbt_project)
    with pytest.raises(UsageError, match="list it there first"):
        publish("llm_tokens", 3, dbt_project)
    recorded = dbt_project / "published_metrics.csv"
    before = recorded.read_text("utf-8")
    lines = [line for line in before.splitlines(True) if not line.startswith("llm_tokens,1")]
    recorded.write_text("".join(lines), "utf-8")
    assert publish("llm_tokens", 1, dbt_project) == metric_digest("llm_tokens", 1)
    assert recorded.read_text("utf-8") == before
    assert set(published_metrics(dbt_project)) <= set(billed_metrics(dbt_project))
