"""Every metric is whole, and what an analyst forgets is said in a sentence that names the file.

Guards against a metric that is written and never billed, one that reads more than its events, and
messages about manifests and nodes.
"""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.registry import metric_group_keys
from meterhouse.metrics.rules import metric_problems

REF = re.compile(r"ref\(\s*['\"](\w+)['\"]\s*\)")
SQL = "models/metrics/api_calls/api_calls_v1.sql"
YAML = "models/metrics/api_calls/_api_calls__models.yml"
TESTS = "models/metrics/api_calls/_api_calls__unit_tests.yml"
BILLED = "macros/project/billed_metrics.sql"


@pytest.fixture
def dbt_project(tmp_path: Path) -> Path:
    for folder in ("models/metrics", "macros/project"):
        shutil.copytree(DBT_PROJECT / folder, tmp_path / folder)
    return tmp_path


def test_every_metric_is_whole():
    assert metric_problems() == []


def replaced(old: str, new: str) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    return edit


MISTAKES = {
    "not billed": (BILLED, replaced("('api_calls', 1),", ""), "add the line `('api_calls', 1),`"),
    "no file": (SQL, Path.unlink, "there is no api_calls_v1.sql: write it, or take the line out"),
    "no YAML": (YAML, Path.unlink, "_api_calls__models.yml is missing"),
    "another name": (
        YAML,
        replaced("name: api_calls", "name: calls"),
        "no entry `- name: api_calls`",
    ),
    "no version": (YAML, replaced("- v: 1", "- v: 7"), "add `- v: 1` to `versions`"),
    "no description": (YAML, replaced("description:", "docs:"), "say the metric's rule in words"),
    "no event types": (YAML, replaced("event_types: [api_call]", ""), "config.meta.event_types"),
    "no group keys": (
        YAML,
        replaced("group_keys: [region, user_id]\n        rollup", "rollup"),
        "[] if",
    ),
    "wrong rollup": (YAML, replaced("rollup: sum", "rollup: avg"), "it is one of sum, max, min"),
    "wrong column": (
        YAML,
        replaced('"decimal(28, 10)"', "bigint"),
        "should be contract_id varchar",
    ),
    "no unit test": (TESTS, Path.unlink, "write a unit test of version 1"),
    "wrong file name": (SQL, lambda path: path.rename(path.with_name("v1.sql")), "rename it"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_in_words(dbt_project: Path, mistake: str):
    file, edit, words = MISTAKES[mistake]
    edit(dbt_project / file)
    problems = metric_problems(dbt_project)
    assert any(words in problem for problem in problems), problems
    assert all(str(dbt_project) in problem for problem in problems), "each names its file"


def test_every_reference_to_a_metric_names_its_version():
    metrics = {metric for metric, _ in metric_group_keys()}
    for path in [*DBT_PROJECT.rglob("*.sql"), *DBT_PROJECT.rglob("*.yml")]:
        if "target" in path.parts:
            continue
        for model in REF.findall(path.read_text("utf-8")):
            assert model not in metrics, f"{path}: write ref('{model}', v=<version>)"


def test_every_lookup_has_a_test_that_its_key_is_unique():
    """A key on two rows would count a metric's events twice."""
    path = DBT_PROJECT / "models" / "metrics" / "_lookups.yml"
    for table in yaml.safe_load(path.read_text("utf-8"))["sources"][0]["tables"]:
        grains = [test["unique_grain"] for test in table["data_tests"] if "unique_grain" in test]
        assert "price_book" in grains[0]["arguments"]["columns"], table["name"]
