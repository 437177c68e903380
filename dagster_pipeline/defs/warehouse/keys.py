"""How models and tests are called in Dagster: folder = schema = group = prefix of the key."""

import textwrap
from collections.abc import Iterator

import dagster as dg

from meterhouse.dbt.compiled import Compiled, Node

INPUTS = dg.AssetKey(["inputs", "run"])
# All models and tests, in one build.
BUILT = dg.AssetKey(["models", "built"])
FINAL_INVOICES = dg.AssetKey(["ledger", "final_invoices"])
# dbt's id of a model or test, in the metadata of assets and checks.
UNIQUE_ID = "dbt/unique_id"


def asset_key(model: Node) -> dg.AssetKey:
    """`rating/usage_lines` and, for versioned models, `metrics/llm_tokens/v2`."""
    key = [model.schema, model.name]
    return dg.AssetKey([*key, f"v{model.version}"] if model.version else key)


def asset_specs(compiled: Compiled) -> Iterator[dg.AssetSpec]:
    """Every model, as the build of all tells of it. All sources are written by one step: one asset.

    Not to be started one by one: what becomes final stands on a build of all (S-48).
    """
    for model in compiled.models():
        read = [asset_key(compiled.nodes[parent]) for parent in model.parents]
        yield dg.AssetSpec(
            asset_key(model),
            deps=[*read, INPUTS] if model.sources else read,
            group_name=model.fqn[1],
            kinds={"dbt", "duckdb"},
            description=f"{model.description}\n\n#### SQL\n```sql\n"
            f"{textwrap.indent(model.written, '    ')}\n```",
            metadata={
                UNIQUE_ID: model.unique_id,
                "dagster/table_name": f"{model.schema}.{model.alias}",
                "dagster/column_schema": _columns(model),
                "materialized": model.materialized,
            },
        )


def check_specs(compiled: Compiled) -> Iterator[dg.AssetCheckSpec]:
    """Every test is a check of one asset (meterhouse/dbt/owners.py); but not the grain tests.

    These are most of the tests and say one thing: the run asks them together (decision 0224).
    Not blocking in Dagster: the build itself fails with a test, and nothing comes after it.
    """
    for test in compiled.tests():
        if test.owner is None or test.is_grain_test:
            continue
        yield dg.AssetCheckSpec(
            name=test.name,
            asset=asset_key(compiled.nodes[test.owner]),
            description=test.description or None,
            metadata={UNIQUE_ID: test.unique_id},
        )


def _columns(model: Node) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(name, kind.lower(), model.described.get(name) or None)
            for name, kind in model.columns or []
        ]
    )
