"""The dbt project as a run needs it: every model and test with its SQL, in one small file.

dbt compiles a project once per code version (dbt/compile.py). What it made of it depends on the
files alone, not on a warehouse, so any process may go on from here without loading dbt.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

FILE = "compiled.json"
GRAIN_TEST = "unique_grain"


@dataclass(frozen=True)
class Asked:
    """How a test's rows count: dbt's configs of the same names."""

    severity: str
    fail_calc: str
    warn_if: str
    error_if: str
    limit: int | None


@dataclass(frozen=True)
class Node:
    """A model or test. `sql` is its query; `before` and `after` are statements around a model's.

    `columns` are name and type of a contract as DuckDB spells them, None without one. `parents` are
    the models that it reads, `sources` says whether it reads other tables. `written` is its query
    as its author wrote it, `described` what is said of each column. `owner` of a test is the model
    it is shown at, `asked` and `kind` (the generic test's name) are those of a test.
    """

    unique_id: str
    name: str
    version: int | None
    schema: str
    alias: str
    relation: str
    materialized: str
    file: str
    fqn: list[str]
    description: str
    sql: str
    parents: list[str]
    sources: bool
    written: str = ""
    described: dict[str, str] = field(default_factory=dict)
    columns: list[list[str]] | None = None
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    owner: str | None = None
    kind: str = ""
    asked: Asked | None = None

    @property
    def is_test(self) -> bool:
        """Whether it is a test; otherwise it is a model."""
        return self.asked is not None

    @property
    def is_grain_test(self) -> bool:
        """Whether it asks for one row per grain (dbt_project/tests/generic/unique_grain.sql)."""
        return self.kind == GRAIN_TEST

    @property
    def title(self) -> str:
        """`llm_tokens version 2`, as people call it."""
        return f"{self.name} version {self.version}" if self.version else self.name


@dataclass(frozen=True)
class Compiled:
    """All nodes by unique id, each after those that it reads, a test right after the last.

    `kept_contracts`: models that gave the columns of their contract in this process. Their types
    follow from the code, so they need not be looked at in each of its runs.
    """

    nodes: dict[str, Node]
    kept_contracts: set[str] = field(default_factory=set, compare=False)

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """Node → all that it is made of, itself too."""
        found: dict[str, frozenset[str]] = {}
        for unique_id, node in self.nodes.items():
            above = (found[parent] for parent in node.parents)
            found[unique_id] = frozenset({unique_id}).union(*above)
        return found

    def models(self) -> Iterator[Node]:
        """The models in the order of a build."""
        return (node for node in self.nodes.values() if not node.is_test)

    def tests(self) -> Iterator[Node]:
        """The tests in the order of a build."""
        return (node for node in self.nodes.values() if node.is_test)


@lru_cache(maxsize=2)
def read_compiled(folder: Path) -> Compiled:
    """What `write_compiled` has written there; read once a process, for it never changes."""
    return from_json(json.loads((folder / FILE).read_bytes()))


def is_compiled(folder: Path) -> bool:
    """Whether there is such a file."""
    return (folder / FILE).is_file()


def write_compiled(compiled: Compiled, folder: Path) -> None:
    """Write it to `folder`."""
    nodes = [asdict(node) for node in compiled.nodes.values()]
    (folder / FILE).write_text(json.dumps({"nodes": nodes}), "utf-8")


def from_json(text: dict[str, Any]) -> Compiled:
    """The nodes of a file."""
    nodes = {}
    for fields in text["nodes"]:
        asked = fields.pop("asked")
        nodes[fields["unique_id"]] = Node(**fields, asked=Asked(**asked) if asked else None)
    return Compiled(nodes)
