"""Compiling the dbt project, once per version of its files: dbt's part in a run.

Compiled SQL must be the same whatever is in a warehouse, or what is kept would be wrong on the next
day. So dbt compiles over an empty data directory and may not look into it: a macro that asks the
warehouse fails there (`--no-introspect`), and says so.
"""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import data_directory
from meterhouse.dbt.compiled import Asked, Compiled, Node
from meterhouse.dbt.compose import in_own_words
from meterhouse.dbt.hooks import hook_renderer
from meterhouse.dbt.invoke import invoke
from meterhouse.dbt.order import in_order
from meterhouse.dbt.owners import test_owners
from meterhouse.dbt.refuse import unsupported
from meterhouse.metrics.allowed_sql import compiled_problems
from meterhouse.metrics.registry import lookup_columns

# What dbt says where a macro would look into the warehouse.
NO_CONNECTION = "connection never acquired"
ASKED = (
    "A model may not ask the warehouse while it is compiled (is_incremental(), run_query(), "
    "adapter.…), because its SQL is kept for every later run: ask in the SQL itself. A table that "
    "grows is there on a first run, empty; what must be a constant is a variable of a pre-hook "
    "(macros/metrics/due_dates.sql)."
)


def compile_project(project: Path, manifest: Mapping[str, Any], dbt_manifest: Any) -> Compiled:
    """All models and tests with their SQL; nothing of it is run.

    DbtProjectError if a model does not compile, asks for what a run does not do, or if a metric's
    SQL, as dbt fills it in, does what it may not.
    """
    refused = [text for node in _built(manifest) for text in unsupported(node)]
    if refused:
        raise DbtProjectError(in_own_words("\n".join([*refused, "Nothing was run."])))
    queries = _compiled_queries(project, dbt_manifest)
    metrics = {
        project / node["original_file_path"]: queries[node["unique_id"]]
        for node in _built(manifest)
        if node["resource_type"] == "model" and node["path"].startswith("metrics/")
    }
    problems = compiled_problems(metrics, lookup_columns())
    if problems:
        raise DbtProjectError(in_own_words("\n".join([*problems, "Nothing was run."])))
    render, owners = hook_renderer(project, manifest), test_owners(manifest)
    # One for all contracts: to open a database takes longer than to ask it.
    with duckdb.connect() as con:
        nodes = [_node(node, queries, render, owners, con) for node in _built(manifest)]
    return Compiled(in_order({node.unique_id: node for node in nodes}))


def _built(manifest: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    kinds = ("model", "test")
    return (node for node in manifest["nodes"].values() if node["resource_type"] in kinds)


def _compiled_queries(project: Path, dbt_manifest: Any) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="compiling-") as name:
        scratch = Path(name)
        with data_directory(scratch):
            result = invoke(
                ["compile", "--no-introspect", "--no-populate-cache"],
                project,
                target=scratch / "target",
                logs=scratch / "logs",
                manifest=dbt_manifest,
            )
    done = getattr(result.result, "results", None) or []
    if not result.success:
        said = [str(result.exception or "").strip()]
        said += [str(item.message) for item in done if str(item.status) != "success"]
        if any(NO_CONNECTION in text for text in said):
            said.append(ASKED)
        text = "\n".join(filter(None, ["A model does not compile; nothing was run.", *said]))
        raise DbtProjectError(in_own_words(text))
    return {item.node.unique_id: str(item.node.compiled_code) for item in done}


def _node(
    node: Mapping[str, Any],
    queries: Mapping[str, str],
    render: Any,
    owners: Mapping[str, str],
    con: duckdb.DuckDBPyConnection,
) -> Node:
    config, is_test = node["config"], node["resource_type"] == "test"
    reads = node["depends_on"]["nodes"]
    return Node(
        unique_id=node["unique_id"],
        name=node["name"],
        version=int(node["version"]) if node.get("version") else None,
        schema=node["schema"],
        alias=node["alias"],
        relation=node["relation_name"] or "",
        materialized=config["materialized"],
        file=node["original_file_path"],
        fqn=node["fqn"],
        description=(node.get("description") or "").strip(),
        sql=queries[node["unique_id"]].strip(),
        parents=[name for name in dict.fromkeys(reads) if name.startswith("model.")],
        sources=any(name.startswith("source.") for name in reads),
        written=node["raw_code"].strip(),
        described={name: column["description"] for name, column in node["columns"].items()},
        columns=_contract(node, con) if not is_test and node["contract"]["enforced"] else None,
        before=[render(hook["sql"], node) for hook in config.get("pre-hook") or []],
        after=[render(hook["sql"], node) for hook in config.get("post-hook") or []],
        owner=owners.get(node["unique_id"]),
        kind=(node.get("test_metadata") or {}).get("name", ""),
        asked=_asked(config) if is_test else None,
    )


def _contract(node: Mapping[str, Any], con: duckdb.DuckDBPyConnection) -> list[list[str]]:
    """Names and types of the columns; types as DuckDB spells those that the YAML has."""
    columns = node["columns"].values()
    nulls = ", ".join(f"null::{column['data_type']}" for column in columns)
    types = con.sql(f"select {nulls}").types
    return [[column["name"], str(kind)] for column, kind in zip(columns, types, strict=True)]


def _asked(config: Mapping[str, Any]) -> Asked:
    return Asked(
        severity=(config.get("severity") or "error").lower(),
        fail_calc=config["fail_calc"],
        warn_if=config["warn_if"],
        error_if=config["error_if"],
        limit=config.get("limit"),
    )
