"""What Dagster loads is complete, and the warehouse admits one."""

import dagster as dg
import pytest

from dagster_pipeline.definitions import defs
from dagster_pipeline.instance import run_instance
from meterhouse.dbt.project import parsed_project


@pytest.fixture(scope="module")
def repository():
    return defs().get_repository_def()


@pytest.fixture(scope="module")
def manifest():
    return parsed_project().manifest


def test_every_model_is_an_asset_in_the_group_of_its_folder(repository, manifest):
    graph = repository.asset_graph
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["config"]["materialized"] != "ephemeral":
            version = [f"v{node['version']}"] if node.get("version") else []
            key = dg.AssetKey([node["schema"], node["name"], *version])
            assert graph.has(key), f"{node['original_file_path']} is no asset"
            assert graph.get(key).group_name == node["fqn"][1] == node["schema"]


def test_versions_of_a_metric_are_assets_of_their_own(repository):
    keys = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    assert {"metrics/llm_tokens/v1", "metrics/llm_tokens/v2"} <= keys


def test_every_step_outside_dbt_is_an_asset(repository):
    keys = {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()}
    assert keys >= {
        "events/raw_events",
        "price_book/frozen",
        "inputs/run",
        "ledger/final_invoices",
        "marts/published",
    }


def names_of_tests(manifest, grains):
    """The names of dbt's tests on models: those of grains, or all others."""
    return {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and any(parent.startswith("model.") for parent in node["depends_on"]["nodes"])
        and (node.get("test_metadata", {}).get("name") == "unique_grain") == grains
    }


def test_every_test_on_a_model_is_a_check(repository, manifest):
    """Also those over several models.

    Not those of grains, which the run asks together after the models (decision 0224).
    """
    checks = {key.name for key in repository.asset_graph.asset_check_keys}
    assert names_of_tests(manifest, grains=False) <= checks
    assert not names_of_tests(manifest, grains=True) & checks
    assert any(name.startswith("assert_") for name in checks)
    assert {"events_are_fresh", "segments_are_landed", "marts_are_fresh"} <= checks


def test_all_models_and_tests_are_one_step_before_an_invoice_becomes_final(repository):
    """S-48: what a failing invariant would stop must not be final by then. That stays for ever."""
    graph = repository.asset_graph
    final = graph.get(dg.AssetKey(["ledger", "final_invoices"]))
    built = dg.AssetKey(["models", "built"])
    assert final.parent_keys == {built}
    published = graph.get(dg.AssetKey(["marts", "published"]))
    assert {final.key, built} <= published.parent_keys
    # Nothing is built after it, and no model by itself.
    assert final.child_keys == {published.key}
    models = {key for key in published.parent_keys if key.path[0] == "marts"}
    assert models and not models & graph.materializable_asset_keys


def test_whatever_opens_the_warehouse_is_in_its_pool(repository):
    for definition in {
        definition.computation.node_def: definition
        for definition in repository.assets_defs_by_key.values()
        if definition.is_executable
    }.values():
        expected = {"warehouse"} if "warehouse" in definition.required_resource_keys else set()
        assert definition.computation.node_def.pools == expected


def test_jobs_schedules_and_the_sensor(repository):
    assert {job.name for job in repository.get_all_jobs()} >= {
        "run",
        "land",
        "deliver",
        "render",
        "forecast",
        "check_freshness",
    }
    assert {
        schedule.name: (schedule.cron_schedule, schedule.job_name)
        for schedule in repository.schedule_defs
    } == {
        "run_hourly": ("0 * * * *", "run"),
        "check_freshness_hourly": ("30 * * * *", "check_freshness"),
        "deliver_often": ("*/5 * * * *", "deliver"),
        "render_often": ("*/15 * * * *", "render"),
        "forecast_daily": ("20 6 * * *", "forecast"),
    }
    assert {sensor.name for sensor in repository.sensor_defs} == {"drop_folder", "published"}


def test_the_job_run_is_the_whole_line_in_one_process(repository):
    job = repository.get_job("run")
    assert job.executor_def is dg.in_process_executor
    apart = ("deliveries", "provider_listings", "documents")
    delivery = {dg.AssetKey(["delivery", name]) for name in apart}
    every = repository.asset_graph.materializable_asset_keys
    forecasts = {dg.AssetKey(["forecast", "forecasts"])}
    assert job.asset_layer.selected_asset_keys == every - delivery - forecasts


def test_landing_is_tried_again(repository):
    landing = repository.assets_defs_by_key[dg.AssetKey(["events", "raw_events"])]
    assert landing.node_def.retry_policy.max_retries == 3


def test_dagster_yaml_limits_pools_to_one_run(tmp_path, monkeypatch):
    """As `dagster dev` in the checkout and `meterhouse run` read it."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    with run_instance(tmp_path) as instance:
        pools = instance.event_log_storage.get_pool_config()
        assert pools.default_pool_limit == 1
        assert pools.pool_granularity.value == "run"
        assert not instance.telemetry_enabled
