"""The structure of the code, read from the code: what imports what, and which models read which.

`python -m tests.docs` draws it into docs/architecture.md; tests/docs/test_structure.py checks it.
"""

import ast
import re
from functools import cache
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
# Each may import those before it, never one after it.
PACKAGES = ("raw_events", "meterhouse", "dagster_pipeline")
MODELS = REPO / "dbt_project" / "models"
# In the order in which data flows.
MODEL_FOLDERS = (
    *("events", "calendar", "metrics", "usage"),
    *("rating", "commits", "invoices", "revenue", "alerts", "marts"),
)


@cache
def modules() -> dict[str, Path]:
    """Name of each module of the packages → its file; a package's name is that of its folder."""
    found = {}
    for package in PACKAGES:
        for path in sorted((REPO / package).rglob("*.py")):
            parts = path.relative_to(REPO).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(known: dict[str, Path]) -> dict[str, frozenset[str]]:
    """Module → the modules of the packages that it imports, also inside its functions."""
    return {name: _imported(path) - {name} for name, path in known.items()}


@cache
def _imported(path: Path) -> frozenset[str]:
    known = modules()
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if name in known else node.module for name in inner}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(found)


def folder(module: str) -> str:
    """The folder of a module, two levels deep: meterhouse.ledger.store → meterhouse/ledger."""
    return "/".join(module.split(".")[:2])


def folder_imports() -> set[tuple[str, str]]:
    """(importing folder, imported folder) for all folders of the packages."""
    known = modules()
    folders = {folder(name) for name, path in known.items() if path.parent.parent != REPO}
    edges = {
        (folder(name), folder(other))
        for name, others in imports(known).items()
        for other in others
        if other in known
    }
    return {(one, other) for one, other in edges if one != other and {one, other} <= folders}


def model_reads() -> set[tuple[str, str]]:
    """(read, reading): folders of models, and groups of sources as `source:inputs`."""
    macros = {path.stem: _text(path) for path in (REPO / "dbt_project/macros").rglob("*.sql")}
    owners = {re.sub(r"_v\d+$", "", path.stem): path for path in MODELS.rglob("*.sql")}
    edges = set()
    for path in MODELS.rglob("*.sql"):
        reading = path.relative_to(MODELS).parts[0]
        text = _text(path) + ("{{ forget_due_windows() }}" if reading == "metrics" else "")
        text = _with_macros(text, macros)
        for name in re.findall(r"\bref\('(\w+)'", text):
            edges.add((owners[name].relative_to(MODELS).parts[0], reading))
        if re.search(r"\bref\(metric, v=", text):
            edges.add(("metrics", reading))
        edges |= {(f"source:{name}", reading) for name in re.findall(r"\bsource\('(\w+)'", text)}
    return {(read, reading) for read, reading in edges if read != reading}


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _with_macros(text: str, macros: dict[str, str]) -> str:
    """The text and that of every macro that it calls, however deep."""
    called: set[str] = set()
    waiting = [text]
    while waiting:
        words = set(re.findall(r"\b(\w+)\(", waiting.pop())) & macros.keys()
        waiting += [macros[name] for name in words - called]
        called |= words
    return text + "".join(macros[name] for name in sorted(called))


def import_picture() -> str:
    """The packages and their folders as a Mermaid graph; arrows point at what is imported.

    Left out, to be readable: `common` folders, which everything may import, and an arrow from a
    folder to one that it reaches through a longer way already.
    """
    edges = {
        edge for edge in folder_imports() if not any(name.endswith("/common") for name in edge)
    }
    names = sorted({name for edge in edges for name in edge})
    lines = ["```mermaid", "flowchart LR"]
    for package in reversed(PACKAGES):
        lines.append(f"    subgraph {package}")
        lines += [f"        {_id(n)}[{n.split('/')[1]}]" for n in names if n.startswith(package)]
        lines.append("    end")
    lines += [f"    {_id(one)} --> {_id(other)}" for one, other in sorted(_shortest(edges))]
    return "\n".join([*lines, "```", ""])


def model_picture() -> str:
    """The folders of models as a Mermaid graph, and which of them read what Python hands over.

    Arrows point the way that data flow; one that a longer way says already is left out.
    """
    edges = model_reads()
    models = {edge for edge in edges if not edge[0].startswith("source:")}
    lines = ["```mermaid", "flowchart LR", *(f"    {name}" for name in MODEL_FOLDERS)]
    lines += [f"    {read} --> {reading}" for read, reading in sorted(_shortest(models))]
    lines += ["```", "", "| source | read by models in |", "|---|---|"]
    for source in sorted({read for read, _ in edges - models}):
        readers = [name for name in MODEL_FOLDERS if (source, name) in edges]
        lines.append(f"| `{source.split(':')[1]}` | {', '.join(readers)} |")
    return "\n".join([*lines, ""])


def _id(name: str) -> str:
    return name.replace("/", "_")


def _shortest(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Without arrows that a longer way says already; arrows of a circle stay."""
    kept = set(edges)
    for one, other in sorted(edges):
        without = kept - {(one, other)}
        if (other, one) not in edges and _reaches(one, other, without):
            kept = without
    return kept


def _reaches(start: str, end: str, edges: set[tuple[str, str]]) -> bool:
    seen, waiting = set(), [start]
    while waiting:
        here = waiting.pop()
        following = {other for one, other in edges if one == here} - seen
        if end in following:
            return True
        seen |= following
        waiting += following
    return False
