"""A changed frozen metric is said before anything computes, by all that computes (S-54).

Guards against an edit of a published version that bills a month again without a word.
"""

from pathlib import Path

import duckdb
import pytest

from dagster_pipeline.job import run_job
from meterhouse.cli.main import main
from meterhouse.common.errors import FrozenMetricError, UsageError
from meterhouse.dbt import project as dbt_project
from meterhouse.metrics import published
from meterhouse.metrics.try_out import _check_files, try_metric

SAID = "llm_tokens version 1 is published: put it back"


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory, and a published metric that is not what was published."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(published, "changed_metrics", lambda *_: [SAID])

    def parse(*_: object) -> None:
        raise AssertionError("dbt was started")

    monkeypatch.setattr(dbt_project, "_parse", parse)
    monkeypatch.setattr(dbt_project, "check_metrics", parse)
    return tmp_path / "home"


def test_a_run_and_a_trial_refuse(edited: Path):
    with pytest.raises(FrozenMetricError, match=SAID):
        run_job(edited, None)
    with pytest.raises(FrozenMetricError, match=SAID):
        try_metric("llm_tokens", 2)
    assert not (edited / "warehouse.duckdb").exists() and not (edited / "dagster").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--as-of", "2026-02-01T00:00:00Z"],
        ["verify"],
        ["preview", "llm_tokens", "--version", "2"],
        ["metric", "llm_tokens", "--customer", "acme", "--period", "2026-01"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_every_command_that_computes_ends_with_2_and_names_the_way_out(
    edited: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
):
    edited.mkdir()
    duckdb.connect(str(edited / "warehouse.duckdb")).close()
    assert main(arguments) == 2
    assert SAID in capsys.readouterr().err


def test_a_version_that_is_not_there_names_those_that_are():
    """`make metric` of it does not ask for a new metric of the same name."""
    with pytest.raises(UsageError, match="It has version 1 and 2; a further one") as raised:
        _check_files("storage_gb_latest", 9, Path("storage_gb_latest_v9.sql"))
    assert "new-metric" not in str(raised.value)
