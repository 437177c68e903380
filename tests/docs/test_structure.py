"""The structure of the code is the one that docs/architecture.md draws (tests/docs/structure.py).

Guards against an import against the arrows, a circle of files, and data that flow backwards.
"""

import pytest

from tests.docs.structure import (
    MODEL_FOLDERS,
    MODELS,
    PACKAGES,
    REPO,
    imports,
    model_reads,
    modules,
)

KNOWN = modules()
# Each may import Dagster or dbt's Python only in the folder that is for it.
ONLY_IN = {"dagster": ("dagster_pipeline",)}


def test_packages_import_one_way():
    wrong = [
        f"{name} imports {other}"
        for name, others in imports(KNOWN).items()
        for other in others
        if other.split(".")[0] in PACKAGES
        and PACKAGES.index(other.split(".")[0]) > PACKAGES.index(name.split(".")[0])
    ]
    assert not wrong, f"imports run one way: {' ← '.join(PACKAGES)}"


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_only_where_it_belongs(library: str):
    wrong = [
        name
        for name, others in imports(KNOWN).items()
        if any(other.split(".")[0] == library for other in others)
        and not name.startswith(ONLY_IN[library])
    ]
    assert not wrong


def test_no_modules_import_each_other_in_a_circle():
    edges = {name: {o for o in others if o in KNOWN} for name, others in imports(KNOWN).items()}
    # Take away what imports nothing that is left, until nothing can be taken: circles remain.
    while leaves := [name for name, others in edges.items() if not others & edges.keys()]:
        for name in leaves:
            del edges[name]
    assert not edges, f"these import each other, or something that does: {sorted(edges)}"


def test_the_circle_test_finds_one():
    edges = {"a": {"b"}, "b": {"a"}, "c": {"a"}, "d": set()}
    while leaves := [name for name, others in edges.items() if not others & edges.keys()]:
        for name in leaves:
            del edges[name]
    assert set(edges) == {"a", "b", "c"}


def test_folders_of_models_are_those_of_the_page():
    assert {path.name for path in MODELS.iterdir() if path.is_dir()} == set(MODEL_FOLDERS)


def test_data_flow_one_way_through_the_folders_of_models():
    order = {name: place for place, name in enumerate(MODEL_FOLDERS)}
    backwards = {
        f"{reading} reads {read}"
        for read, reading in model_reads()
        if read in order and order[read] > order[reading]
    }
    assert not backwards


def test_the_page_names_every_folder_of_the_packages():
    page = (REPO / "docs/architecture.md").read_text("utf-8")
    folders = {
        path.name
        for package in PACKAGES
        for path in (REPO / package).iterdir()
        if path.is_dir() and (path / "__init__.py").exists() and path.name != "common"
    }
    assert not {name for name in folders if f"[{name}]" not in page and f"`{name}/`" not in page}
