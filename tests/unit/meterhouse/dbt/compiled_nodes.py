"""Models and tests of a compiled project, as a test needs them."""

from typing import Any

from meterhouse.dbt.compiled import Asked, Node


def node(name: str, *, is_test: bool = False, **other: Any) -> Node:
    """A table of the folder rating, or a test; what else it is, by the names of Node."""
    usual = {
        "unique_id": name,
        "name": name,
        "version": None,
        "schema": "rating",
        "alias": name,
        "relation": f"rating.{name}",
        "materialized": "table",
        "file": f"models/{name}.sql",
        "fqn": ["meterhouse", "rating", name],
        "description": "",
        "sql": "select 1",
        "parents": [],
        "sources": False,
        "asked": Asked("error", "count(*)", "!= 0", "!= 0", None) if is_test else None,
    }
    return Node(**{**usual, **other})
