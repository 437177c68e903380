"""In which order nodes are built, and which of them a person asks for."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from meterhouse.common.errors import DbtProjectError
from meterhouse.dbt.compiled import Compiled, Node


def in_order(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """Each after those that it reads, tests as early as they can be asked; ties by name.

    A test that fails then says so before what would be made of the same rows.
    """
    ordered: dict[str, Node] = {}
    tests = [node for _, node in sorted(nodes.items()) if node.is_test]

    def add(unique_id: str) -> None:
        if unique_id in ordered:
            return
        for parent in sorted(nodes[unique_id].parents):
            add(parent)
        ordered[unique_id] = nodes[unique_id]
        for test in tests:
            if unique_id in test.parents and ordered.keys() >= set(test.parents):
                ordered[test.unique_id] = test

    for unique_id, node in sorted(nodes.items()):
        if not node.is_test:
            add(unique_id)
    return ordered | {test.unique_id: test for test in tests if test.unique_id not in ordered}


def selected(
    compiled: Compiled, select: Sequence[str], exclude: Sequence[str], tests: bool
) -> list[Node]:
    """The models that are asked for, in order, with every test that reads one of them.

    A word is a model's unique id or name, `llm_tokens.v2` one version of several; `+name` takes all
    that the model is made of as well, `folder:events` the models of a folder. No word: all.
    DbtProjectError for a word that names nothing.
    """
    models = {node.unique_id for node in compiled.models()}
    if select:
        models &= _meant(compiled, select)
    models -= _meant(compiled, exclude)
    return [
        node
        for unique_id, node in compiled.nodes.items()
        if unique_id in models or (node.is_test and tests and _is_asked(node, models, select))
    ]


def is_left_out(node: Node, compiled: Compiled, failed: Collection[str]) -> bool:
    """Whether a node must not be built after these models and tests have failed or been left out.

    As `dbt build` has it: what is made of a failed model, and what is made of all that a failed
    test has read.
    """
    above = compiled.ancestors[node.unique_id]
    return any(_stops(compiled.nodes[unique_id], node, above) for unique_id in failed)


def _stops(failed: Node, node: Node, above: frozenset[str]) -> bool:
    if not failed.is_test:
        return failed.unique_id in above
    read = failed.parents
    return not node.is_test and bool(read) and above.issuperset(read) and node.unique_id not in read


def _is_asked(test: Node, models: set[str], select: Sequence[str]) -> bool:
    return bool(models.intersection(test.parents)) or (not select and not test.parents)


def _meant(compiled: Compiled, words: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for word in words:
        name = word.removeprefix("+")
        named = {node.unique_id for node in compiled.models() if _has_name(node, name)}
        if not named:
            raise DbtProjectError(f"No model of the dbt project is meant by {word}.")
        for unique_id in named:
            found |= compiled.ancestors[unique_id] if word != name else {unique_id}
    return found


def _has_name(node: Node, name: str) -> bool:
    if name.startswith("folder:"):
        return node.fqn[1] == name.removeprefix("folder:")
    version = f"{node.name}.v{node.version}" if node.version else node.name
    return name in (node.unique_id, node.name, version)
