"""The skeleton of a new metric is complete: SQL, YAML and the line in the list."""

import shutil

import pytest

from meterhouse.common.errors import UsageError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.registry import billed_metrics, metric_group_keys
from meterhouse.metrics.scaffold import new_metric


@pytest.fixture
def dbt_project(tmp_path):
    for folder in ("models/metrics", "macros/project"):
        shutil.copytree(DBT_PROJECT / folder, tmp_path / folder)
    return tmp_path


def test_it_is_registered_and_listed(dbt_project):
    before = billed_metrics(dbt_project)
    files = new_metric("gpu_hours", dbt_project)
    assert [path.name for path in files] == [
        "gpu_hours_v1.sql",
        "_gpu_hours__models.yml",
        "billed_metrics.sql",
    ]
    assert metric_group_keys(dbt_project)["gpu_hours", 1] == ("region",)
    assert billed_metrics(dbt_project) == sorted([*before, ("gpu_hours", 1)])


def test_only_one_line_of_the_list_changes(dbt_project):
    path = dbt_project / "macros/project/billed_metrics.sql"
    before = path.read_text().splitlines()
    new_metric("gpu_hours", dbt_project)
    assert set(path.read_text().splitlines()) - set(before) == {"        ('gpu_hours', 1),"}


@pytest.mark.parametrize("name", ["", "GpuHours", "gpu-hours", "1st", "gpu__hours", "../x"])
def test_bad_names_are_refused(dbt_project, name):
    with pytest.raises(UsageError, match="gpu_hours"):
        new_metric(name, dbt_project)


def test_a_taken_name_tells_how_to_add_a_version(dbt_project):
    with pytest.raises(UsageError, match=r"llm_tokens_v2\.sql to llm_tokens_v3\.sql"):
        new_metric("llm_tokens", dbt_project)
