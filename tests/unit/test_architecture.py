"""Imports run one way, raw_events ← meterhouse ← dagster_pipeline, and no modules go round.

Guards against a layer that cannot be used, tested or shipped without the one above it.
"""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

from meterhouse.common.settings import PROJECT

# Each may import what stands before it.
LAYERS = ("raw_events", "meterhouse", "dagster_pipeline")
# What only one layer may import, also inside a function.
ONLY = {
    "dagster": "dagster_pipeline",
    "sqlalchemy": "dagster_pipeline",
    "dbt": "meterhouse",
    "rich": "meterhouse",
    "starlette": "meterhouse",
    "uvicorn": "meterhouse",
}
# Nothing that a customer runs needs it (tests/unit/meterhouse/cli/test_imports_of_ingest.py).
NEVER = ("pandas",)


@cache
def modules() -> dict[str, Path]:
    """Name → file of every module of the layers."""
    return {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path
        for layer in LAYERS
        for path in sorted((PROJECT / layer).rglob("*.py"))
    }


@cache
def imports(module: str) -> frozenset[str]:
    """What a module imports at run time, at its top and inside functions.

    What stands under `if TYPE_CHECKING` is never executed.
    """
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    found: set[str] = set()

    def look(node: ast.AST) -> None:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: name the module whole, not relative to this one"
            base = node.module or ""
            found.update(
                whole if (whole := f"{base}.{name.name}") in modules() else base
                for name in node.names
            )
        for child in ast.iter_child_nodes(node):
            look(child)

    look(tree)
    return frozenset(found)


def all_imports(module: str) -> set[str]:
    """Every name in any import statement of a module, those for type checkers too."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def top(name: str) -> str:
    """The package that a module is in."""
    return name.split(".", maxsplit=1)[0]


@pytest.mark.parametrize("layer", LAYERS)
def test_imports_run_one_way(layer: str):
    above = LAYERS[LAYERS.index(layer) + 1 :]
    wrong = [
        f"{module} imports {name}"
        for module in modules()
        if top(module) == layer
        for name in sorted(all_imports(module))
        if top(name) in above
    ]
    assert wrong == []


def test_heavy_libraries_stay_in_their_layer():
    wrong = [
        f"{module} imports {name}"
        for module in modules()
        for name in sorted(all_imports(module))
        if top(name) in NEVER or ONLY.get(top(name), top(module)) != top(module)
    ]
    assert wrong == []


# The one exception: Dagster has no public name for the storage that its settings let one replace.
# It is worth a sixth of every run's work, and fenced in by its own module and tests.
PRIVATE = {"dagster_pipeline.history": "dagster._"}  # decision 0223


def test_nothing_private_of_a_library_is_imported():
    """A library may change what begins with an underscore without a word."""
    wrong = [
        f"{module} imports {name}"
        for module in modules()
        for name in sorted(all_imports(module))
        if any(part.startswith("_") and part != "__future__" for part in name.split("."))
        and not (module in PRIVATE and name.startswith(PRIVATE[module]))
    ]
    assert wrong == []


def test_no_modules_go_round():
    """Also not by an import inside a function, which only hides the circle from Python."""
    circles = [circle for circle in strong_components() if len(circle) > 1]
    assert circles == []


def strong_components() -> list[list[str]]:
    """Groups of modules that import each other, directly or not (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = low[module] = len(index)
        stack.append(module)
        for name in sorted(imports(module) & modules().keys()):
            if name not in index:
                visit(name)
                low[module] = min(low[module], low[name])
            elif name in stack:
                low[module] = min(low[module], index[name])
        if low[module] == index[module]:
            at = stack.index(module)
            found.append(sorted(stack[at:]))
            del stack[at:]

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10_000)
    try:
        for module in modules():
            if module not in index:
                visit(module)
    finally:
        sys.setrecursionlimit(limit)
    return found
