"""Configs of dbt that a run does not follow: refused when the project is compiled.

dbt's own materializations would do what they say, and a config that is passed over in silence is
worse than one that is refused. `dbt build` by hand refuses the same with the same words
(dbt_project/macros/materializations/refuse_unsupported.sql).
"""

from collections.abc import Iterator, Mapping
from typing import Any

REMEDIES = {
    "grants": "DuckDB knows no rights; take it out",
    "indexes": "the marts are read as files; take it out",
    "sql_header": "write what it does into the query, or into a pre-hook",
    "unique_key": "a row is appended once; forget the old one in a pre-hook, as "
    "forget_due_windows does",
    "incremental_predicates": "say it in the query of the model",
    "merge_update_columns": "rows are appended, never merged; take it out",
    "merge_exclude_columns": "rows are appended, never merged; take it out",
}
MATERIALIZED = ("table", "view", "incremental", "by_contract")


def unsupported(node: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each config of a model or test of the manifest that would do nothing."""
    for what, remedy in _refused(node, node["config"]):
        yield (
            f"{node['name']}: {what} is not supported by Meterhouse's own materialization "
            f"{node['config'].get('materialized')} (dbt_project/macros/materializations). "
            f"Remedy: {remedy}."
        )


def _refused(node: Mapping[str, Any], config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, remedy in REMEDIES.items():
        if config.get(name):
            yield name, remedy
    if any((config.get("persist_docs") or {}).values()):
        yield "persist_docs", "descriptions stay in the YAML and in dbt docs; take it out"
    if config.get("store_failures"):
        yield "store_failures", "a run shows the failing rows; take it out"
    for hook in [*(config.get("pre-hook") or []), *(config.get("post-hook") or [])]:
        if not hook.get("transaction", True):
            yield (
                "a hook outside the transaction",
                "a model takes its place wholly or not at all; leave `transaction: false` out",
            )
    of_columns = (column.get("constraints") for column in node.get("columns", {}).values())
    if node.get("constraints") or any(of_columns):
        yield (
            "constraints",
            "write a data test of it (not_null, unique), which a run shows row by row",
        )
    if node["resource_type"] == "model":
        yield from _refused_of_model(node, config)


def _refused_of_model(
    node: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    kind = config.get("materialized")
    if kind not in MATERIALIZED:
        yield f"materialized: {kind}", f"write {', '.join(MATERIALIZED)}"
    if kind != "incremental":
        return
    if config.get("incremental_strategy") not in (None, "append"):
        yield f"incremental_strategy: {config['incremental_strategy']}", "write append"
    if config.get("on_schema_change") != "fail":
        yield (
            f"on_schema_change: {config.get('on_schema_change') or 'ignore'}",
            "what is stored was computed without the new columns; write fail",
        )
    if config.get("full_refresh"):
        yield (
            "full_refresh: true",
            "the model gives the rows of what is new alone, so the others would be lost; "
            "leave it out",
        )
    if not node["contract"]["enforced"]:
        yield (
            "a table that grows, without a contract,",
            "its table is made from the contract before the first run; enforce one",
        )
