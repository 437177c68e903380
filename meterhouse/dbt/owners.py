"""At which model a test is shown."""

from collections.abc import Mapping
from functools import cache
from typing import Any


def test_owners(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Test → the model it is a check of: the one it is written at, else the furthest downstream.

    A test over several models (the invariants) is written at none.
    """
    nodes = manifest["nodes"]

    @cache
    def depth(unique_id: str) -> int:
        return 1 + max(map(depth, manifest["parent_map"].get(unique_id, [])), default=0)

    def place(model: str) -> tuple[bool, int, str]:
        # A test runs with the last of its models, and marts are built last.
        return nodes[model]["fqn"][1] == "marts", depth(model), model

    owners = {}
    for unique_id, node in nodes.items():
        if node["resource_type"] == "test":
            models = [name for name in node["depends_on"]["nodes"] if name.startswith("model.")]
            owner = node.get("attached_node") or max(models, key=place, default=None)
            if owner:
                owners[unique_id] = owner
    return owners
