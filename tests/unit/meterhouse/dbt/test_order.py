"""Which models and tests a build takes, in which order, and what a failure leaves out.

Guards against a table that is made of what failed, and a test that nobody asks.
"""

import pytest

from meterhouse.common.errors import DbtProjectError
from meterhouse.dbt.compiled import Compiled, Node
from meterhouse.dbt.order import in_order, is_left_out, selected
from tests.unit.meterhouse.dbt.compiled_nodes import node as any_node

# name → what it reads; a test's name ends with a question mark
GRAPH = {
    "lines": ["slices", "prices"],
    "slices": ["events"],
    "prices": [],
    "events": [],
    "events?": ["events"],
    "both?": ["events", "prices"],
    "project?": [],
    "marts": ["lines"],
}


def node(name: str, parents: list[str]) -> Node:
    folder = "landing" if name == "events" else "rating"
    fqn = ["meterhouse", folder, name]
    return any_node(name, is_test=name.endswith("?"), parents=parents, fqn=fqn)


@pytest.fixture
def compiled() -> Compiled:
    return Compiled(in_order({name: node(name, parents) for name, parents in GRAPH.items()}))


def names(nodes: list[Node]) -> list[str]:
    return [one.unique_id for one in nodes]


def test_a_test_is_asked_before_what_is_made_of_the_same_rows(compiled: Compiled):
    order = list(compiled.nodes)
    assert order == ["events", "events?", "prices", "both?", "slices", "lines", "marts", "project?"]


def test_words_name_models_with_what_they_are_made_of(compiled: Compiled):
    def asked(*select: str, exclude: tuple[str, ...] = (), tests: bool = True) -> list[str]:
        return names(selected(compiled, select, exclude, tests))

    assert asked() == list(compiled.nodes)
    assert asked("+slices") == ["events", "events?", "both?", "slices"]
    assert asked("+slices", tests=False) == ["events", "slices"]
    assert asked("folder:rating", exclude=("marts", "+slices")) == ["prices", "both?", "lines"]
    with pytest.raises(DbtProjectError, match="no_such_model"):
        asked("no_such_model")


def test_versions_are_named_one_by_one():
    versions = [
        Node(**{**vars(node("tokens", [])), "version": number, "unique_id": f"tokens.v{number}"})
        for number in (1, 2)
    ]
    compiled = Compiled(in_order({one.unique_id: one for one in versions}))
    assert names(selected(compiled, ["tokens.v2"], (), tests=True)) == ["tokens.v2"]
    assert names(selected(compiled, ["tokens"], (), tests=True)) == ["tokens.v1", "tokens.v2"]


def test_a_failure_leaves_out_what_is_made_of_it_and_nothing_else(compiled: Compiled):
    def left_out(*failed: str) -> set[str]:
        return {
            name for name, one in compiled.nodes.items() if is_left_out(one, compiled, failed)
        } - set(failed)

    assert left_out("slices") == {"lines", "marts"}
    assert left_out("events?") == {"slices", "lines", "marts"}
    # What is made of one of the two tables alone may be right.
    assert left_out("both?") == {"lines", "marts"}
    assert left_out("events") == {"events?", "both?", "slices", "lines", "marts"}
    assert left_out("project?") == set()
