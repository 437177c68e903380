"""How dbt's models and tests are called in Dagster: folder = schema = group = prefix of the key."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from meterhouse.dbt.grains import TEST as GRAIN_TEST

INPUTS = dg.AssetKey(["inputs", "run"])
FINAL_INVOICES = dg.AssetKey(["ledger", "final_invoices"])
# dagster-dbt's own name for it on assets; used on checks as well.
UNIQUE_ID = "dagster_dbt/unique_id"


class Translator(DagsterDbtTranslator):
    """Keys `rating/usage_lines` and, for versioned models, `metrics/llm_tokens/v2`.

    All dbt sources are written by one step, so they are one asset.
    """

    def __init__(self, manifest: Mapping[str, Any]):
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self.owners = test_owners(manifest)

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The key of a model or source."""
        if dbt_resource_props["resource_type"] == "source":
            return INPUTS
        key = [dbt_resource_props["schema"], dbt_resource_props["name"]]
        version = dbt_resource_props.get("version")
        return dg.AssetKey([*key, f"v{version}"] if version else key)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The folder under models/."""
        return str(dbt_resource_props["fqn"][1])

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """Every dbt test is a check of one asset, see `test_owners`; but not the grain tests.

        These are most of the tests and say one thing: the run asks them together (decision 0224).
        """
        if self.owners.get(unique_id) != asset_spec.metadata[UNIQUE_ID]:
            return None
        test = manifest["nodes"][unique_id]
        if test.get("test_metadata", {}).get("name") == GRAIN_TEST:
            return None
        return dg.AssetCheckSpec(
            name=test["name"],
            asset=asset_spec.key,
            description=test.get("description") or None,
            metadata={UNIQUE_ID: unique_id},
            blocking=(test["config"].get("severity") or "error").lower() == "error",
        )


def test_owners(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Test → the model it is a check of: the one it is written at, else the furthest downstream.

    Left to itself, dagster-dbt shows a test over several models (the invariants) nowhere.
    """
    nodes = manifest["nodes"]

    @cache
    def depth(unique_id: str) -> int:
        return 1 + max(map(depth, manifest["parent_map"].get(unique_id, [])), default=0)

    def place(model: str) -> tuple[bool, int, str]:
        # dbt runs a test with the last of its models, and marts are built last.
        return nodes[model]["fqn"][1] == "marts", depth(model), model

    owners = {}
    for unique_id, node in nodes.items():
        if node["resource_type"] == "test":
            models = [name for name in node["depends_on"]["nodes"] if name.startswith("model.")]
            owner = node.get("attached_node") or max(models, key=place, default=None)
            if owner:
                owners[unique_id] = owner
    return owners
