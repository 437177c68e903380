"""A company's own metrics stand beside the shipped ones: found, listed, checked, frozen.

Guards against a metrics folder that is silently not read, or that bills something by an accident of
names.
"""

from pathlib import Path

import pytest

from meterhouse.common import code_version
from meterhouse.common.errors import DbtProjectError, FrozenMetricError, UsageError
from meterhouse.common.settings import DBT_PROJECT, own_metrics
from meterhouse.common.starter import write_starter
from meterhouse.dbt.compose import composed_project, in_own_words
from meterhouse.metrics.checks import check_metrics
from meterhouse.metrics.published import metric_digest, publish, published_metrics
from meterhouse.metrics.registry import billed_metrics, lookup_columns, metric_group_keys
from meterhouse.metrics.scaffold import new_metric
from meterhouse.price_book import load_price_book

LOOKUPS = """
sources:
  - name: lookups
    tables:
      - name: gpu_weights
        columns: [{name: model, data_type: varchar}, {name: weight, data_type: "decimal(20, 10)"}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `meterhouse init` writes, found by its price book, with a metric of its own."""
    write_starter(tmp_path)
    monkeypatch.delenv("METERHOUSE_METRICS", raising=False)
    monkeypatch.setenv("METERHOUSE_SEEDS", str(tmp_path / "seeds"))
    new_metric("gpu_jobs")
    return tmp_path / "metrics"


def test_a_new_metric_goes_to_the_own_folder_and_is_billed(folder: Path):
    assert (folder / "gpu_jobs" / "gpu_jobs_v1.sql").is_file()
    assert not (DBT_PROJECT / "models" / "metrics" / "gpu_jobs").exists()
    assert ("gpu_jobs", 1) in billed_metrics()
    assert ("llm_tokens", 2) in billed_metrics()
    assert metric_group_keys()["gpu_jobs", 1] == ("region",)
    check_metrics()


def test_without_a_folder_only_the_shipped_ones_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("METERHOUSE_SEEDS", str(tmp_path / "seeds"))
    # Somebody's folder of that name, which has nothing to do with billing.
    (tmp_path / "metrics").mkdir()
    assert own_metrics() is None
    assert composed_project(DBT_PROJECT, tmp_path / "composed") == DBT_PROJECT


def test_a_folder_that_is_named_and_missing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("METERHOUSE_METRICS", str(tmp_path / "metrcis"))
    with pytest.raises(UsageError, match="metrcis, and there is no such folder"):
        billed_metrics()


def test_dbt_gets_one_project_with_both(folder: Path, tmp_path: Path):
    (folder / "_lookups.yml").write_text(LOOKUPS, "utf-8")
    composed = composed_project(DBT_PROJECT, tmp_path / "composed" / "digest")
    metrics = composed / "models" / "metrics"
    assert (metrics / "gpu_jobs" / "gpu_jobs_v1.sql").is_file()
    assert (metrics / "llm_tokens" / "llm_tokens_v2.sql").is_file()
    assert (metrics / "_own_lookups.yml").read_text("utf-8") == LOOKUPS
    listed = (composed / "macros" / "project" / "billed_metrics.sql").read_text("utf-8")
    assert "('gpu_jobs', 1),\n" in listed
    assert "('llm_tokens', 2),\n" in listed
    assert {"gpu_weights", "model_weights"} <= lookup_columns().keys()


def test_messages_name_the_file_that_a_person_edits(folder: Path):
    said = in_own_words("Model gpu_jobs (dbt_project/models/metrics/gpu_jobs/gpu_jobs_v1.sql)")
    assert said == f"Model gpu_jobs ({folder}/gpu_jobs/gpu_jobs_v1.sql)"
    shipped = "dbt_project/models/metrics/llm_tokens/llm_tokens_v1.sql"
    assert in_own_words(shipped) == shipped


def test_a_name_that_ships_is_taken(folder: Path):
    (folder / "gpu_jobs").rename(folder / "llm_tokens")
    with pytest.raises(DbtProjectError, match="ships a metric llm_tokens; give yours a name"):
        billed_metrics()


def test_the_rules_of_a_metric_hold_for_own_ones(folder: Path):
    yaml = folder / "gpu_jobs" / "_gpu_jobs__models.yml"
    yaml.write_text(yaml.read_text("utf-8").split("# `raw`")[0], "utf-8")
    with pytest.raises(DbtProjectError, match=r"gpu_jobs_v1\.sql: write a unit test of version 1"):
        check_metrics()


def test_own_sql_reads_events_and_nothing_else(folder: Path):
    sql = folder / "gpu_jobs" / "gpu_jobs_v1.sql"
    sql.write_text("select * from ledger.invoices", "utf-8")
    with pytest.raises(DbtProjectError, match=r"gpu_jobs_v1\.sql reads ledger\.invoices"):
        check_metrics()


def test_a_published_own_version_is_frozen(folder: Path):
    """Whatever computes refuses an edited one before anything is computed (S-54)."""
    before = published_metrics(DBT_PROJECT)
    publish("gpu_jobs", 1)
    check_metrics()
    assert published_metrics().keys() - before.keys() == {("gpu_jobs", 1)}
    assert "gpu_jobs,1," in (folder / "published_metrics.csv").read_text("utf-8")

    sql = folder / "gpu_jobs" / "gpu_jobs_v1.sql"
    sql.write_text(sql.read_text("utf-8").replace("count(*)", "2 * count(*)"), "utf-8")
    with pytest.raises(FrozenMetricError, match=r"gpu_jobs_v1\.sql to gpu_jobs_v2\.sql") as refused:
        check_metrics()
    assert refused.value.exit_status == 2
    assert "billed_metrics.sql" not in str(refused.value)


def test_the_old_word_for_rollup_works_and_is_named(folder: Path, capsys):
    before = metric_digest("gpu_jobs", 1)
    publish("gpu_jobs", 1)
    yaml = folder / "gpu_jobs" / "_gpu_jobs__models.yml"
    yaml.write_text(yaml.read_text("utf-8").replace("rollup: sum", "combine: sum"), "utf-8")
    check_metrics()
    said = capsys.readouterr().out
    assert "metric gpu_jobs says `combine`, which is called `rollup` now" in said
    # The same meaning: a version that was published under the old word stays frozen as it is.
    assert metric_digest("gpu_jobs", 1) == before

    yaml.write_text(yaml.read_text("utf-8").replace("combine: sum", "combine: mean"), "utf-8")
    with pytest.raises(DbtProjectError, match="`rollup` is mean"):
        check_metrics_of(folder)


def check_metrics_of(folder: Path) -> None:
    """The rules alone, which come after the frozen versions."""
    (folder / "published_metrics.csv").write_text("metric,version,digest\n", "utf-8")
    check_metrics()


def test_own_metrics_are_part_of_what_made_an_invoice(folder: Path):
    code = code_version.code_version.__wrapped__
    with_own, parsed = code(), code_version.project_digest()
    sql = folder / "gpu_jobs" / "gpu_jobs_v1.sql"
    sql.write_text(sql.read_text("utf-8") + "-- edited\n", "utf-8")
    assert code() != with_own
    assert code_version.project_digest() != parsed
    # Publishing changes no figure, but what an edit is compared with.
    edited, parsed = code(), code_version.project_digest()
    publish("gpu_jobs", 1)
    assert code() == edited
    assert code_version.project_digest() != parsed


def test_the_starting_point_is_a_valid_price_book(folder: Path):
    book = load_price_book(folder.parent / "seeds", metric_group_keys(), lookup_columns())
    assert book.digest


def test_init_overwrites_nothing_and_adds_no_rows_to_a_book(tmp_path: Path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "customers.csv").write_text("customer_id,name\nme,Me\n", "utf-8")
    (tmp_path / "README.md").write_text("mine", "utf-8")
    written, kept = write_starter(tmp_path)
    assert (tmp_path / "README.md").read_text("utf-8") == "mine"
    assert [path.name for path in (tmp_path / "seeds").iterdir()] == ["customers.csv"]
    assert set(kept) == {tmp_path / "README.md", tmp_path / "seeds" / "customers.csv"}
    assert tmp_path / ".gitignore" in written
    settings = (tmp_path / "data" / "dagster" / "dagster.yaml").read_text("utf-8")
    assert "default_limit: 1" in settings
    assert str(tmp_path / "data") in (tmp_path / "settings.env").read_text("utf-8")
