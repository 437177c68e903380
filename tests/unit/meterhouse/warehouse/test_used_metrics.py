"""A metric version that made invoices final stays what it was, also if published anew (S-14).

Guards against an edited version whose line was taken out of published_metrics.csv and written
again, after which a closed month is billed once more as late usage.
"""

import shutil
from pathlib import Path

import pytest

from meterhouse.common.errors import FrozenMetricError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.ledger.finalize import finalize
from meterhouse.metrics.published import publish
from meterhouse.warehouse.used_metrics import FILE, check_used_metrics, remember_used_metrics
from tests.unit.meterhouse.ledger.ledger_cases import FEBRUARY, hand_over, prepare


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project's metrics, to be edited."""
    project = tmp_path / "dbt_project"
    project.mkdir()
    for name in ("models/metrics", "macros/project"):
        shutil.copytree(DBT_PROJECT / name, project / name)
    shutil.copy(DBT_PROJECT / "published_metrics.csv", project)
    return project


@pytest.fixture
def home(tmp_path: Path, con) -> Path:
    """A data directory with final invoices."""
    home = tmp_path / "home"
    home.mkdir()
    prepare(con, home)
    hand_over(con, 1)
    finalize(con, home, FEBRUARY)
    return home


def edit_and_publish(project: Path) -> None:
    """What somebody does who wants an edit to pass."""
    sql = project / "models" / "metrics" / "api_calls" / "api_calls_v1.sql"
    sql.write_text(sql.read_text("utf-8").replace("count(*)", "count(*) * 2"), "utf-8")
    published = project / "published_metrics.csv"
    lines = published.read_text("utf-8").splitlines(keepends=True)
    published.write_text("".join(one for one in lines if not one.startswith("api_calls,1,")))
    publish("api_calls", 1, project)


def test_an_edit_that_is_published_anew_is_refused(home: Path, project: Path):
    remember_used_metrics(home, project)
    check_used_metrics(home, project)
    edit_and_publish(project)
    # A run remembers at its start too: what is known stays.
    remember_used_metrics(home, project)
    with pytest.raises(FrozenMetricError, match="api_calls version 1 is not what it was") as error:
        check_used_metrics(home, project)
    assert str(home / FILE) in str(error.value)


def test_before_an_invoice_is_final_nothing_is_remembered(tmp_path: Path, project: Path):
    remember_used_metrics(tmp_path, project)
    edit_and_publish(project)
    check_used_metrics(tmp_path, project)
    assert not (tmp_path / FILE).exists()


def test_a_version_whose_files_are_gone_is_no_matter(home: Path, project: Path):
    """A metric of one's own whose folder is not given computes nothing."""
    remember_used_metrics(home, project)
    (project / "models" / "metrics" / "api_calls" / "api_calls_v1.sql").unlink()
    check_used_metrics(home, project)
