"""The metrics' own unit tests (dbt, `_<metric>__unit_tests.yml`), all of them, once.

A production run leaves them out: they say whether the SQL is right, which no run changes.
"""

from pathlib import Path

import pytest

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt.invoke import invoke
from meterhouse.dbt.project import parsed_project
from meterhouse.metrics.registry import metric_group_keys


def test_unit_tests_of_all_metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    outcome = invoke(
        ["test", "--select", "test_type:unit"],
        DBT_PROJECT,
        target=tmp_path / "target",
        logs=tmp_path / "logs",
        manifest=parsed_project().dbt_manifest,
    )
    assert outcome.result is not None, outcome.exception
    # Besides what `dbt build` by hand begins with.
    results = [one for one in outcome.result.results if one.node.resource_type == "unit_test"]
    failed = [f"{one.node.name}: {one.message}" for one in results if str(one.status) != "pass"]
    assert not failed, "\n".join(failed)
    tested = {one.node.name.rsplit("_v", 1)[1] for one in results}
    assert len(results) >= len(metric_group_keys()) and tested == {"1", "2"}
