"""dbt in this process, on a small project: what fails is said in words, and nothing stays open."""

import os

import duckdb
import pytest

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt import build
from meterhouse.dbt.project import parsed_project

FILES = {
    "dbt_project.yml": "name: meterhouse\nprofile: meterhouse\nmodel-paths: [models]\n",
    "profiles.yml": (DBT_PROJECT / "profiles.yml").read_text(),
    "models/good.sql": "select unnest([1, 2, 2]) as id, 'x' as name",
    "models/after.sql": "select id, 10 // (id - id) as ratio from {{ ref('good') }}",
    "models/schema.yml": """
models:
  - name: good
    columns:
      - name: id
        data_tests:
          - unique:
              name: ids_are_unique
              description: An id names one row (S-1).
              config: {severity: error}
""",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Writes the project with some files replaced and gives it parsed."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    root = tmp_path / "dbt_project"

    def write(**replaced: str):
        for name, text in {**FILES, **replaced}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return parsed_project(root, tmp_path / "parsed"), home

    return write


def test_a_failing_test_shows_its_description_and_rows(project):
    parsed, home = project()
    result = build.build_models(parsed, home, ["good"])
    assert (
        "Test ids_are_unique failed with 1 row(s) (dbt_project/models/schema.yml)" in result.error
    )
    assert "An id names one row (S-1)." in result.error
    lines = [line.split() for line in result.error.splitlines()]
    assert ["unique_field", "n_records"] in lines
    assert ["2", "2"] in lines
    assert "Traceback" not in result.error


def test_a_grain_that_repeats_fails_the_build(project):
    """The grain tests come after the models, and are said before what follows from them."""
    own = ("tests/generic/unique_grain.sql", "macros/grain/repeated_grain.sql")
    grains = {
        **{name: (DBT_PROJECT / name).read_text() for name in own},
        "dbt_project.yml": FILES["dbt_project.yml"] + "macro-paths: [macros]\n",
        "models/after.sql": "select id as ratio from {{ ref('good') }}",
        "models/schema.yml": """
models:
  - name: good
    data_tests:
      - unique_grain:
          name: one_row_per_id
          description: An id is a row.
          arguments: {columns: [id]}
      - unique_grain: {name: one_row_per_both, arguments: {columns: [id, name]}}
  - name: after
    data_tests:
      - unique_grain: {name: one_row_per_ratio, arguments: {columns: [ratio]}}
""",
    }
    parsed, home = project(**grains)
    result = build.build_models(parsed, home)
    assert [item.status for item in result.results] == ["success", "success", *["fail"] * 3]
    assert (
        "Test one_row_per_id failed with 1 row(s) (dbt_project/models/schema.yml)" in result.error
    )
    assert "An id is a row." in result.error
    lines = [line.split() for line in result.error.splitlines()]
    assert ["id", "row_count"] in lines
    assert ["2", "2"] in lines
    assert "Nothing became final" in result.error

    alone = build.build_models(parsed, home, ["after"])
    assert [item.failures for item in alone.results] == [None, 1], "those of what was built"
    assert build.build_models(parsed, home, tests=False).error is None

    fine = "select unnest([1, 2]) as id, 'x' as name"
    parsed, home = project(**grains, **{"models/good.sql": fine})
    result = build.build_models(parsed, home)
    assert result.error is None
    assert result.counts() == {"models": 2, "tests": 3}


def test_a_broken_model_names_its_file_and_what_was_left_out(project):
    broken = {
        "models/good.sql": "select no_such_column from (select 1 as id)",
        "models/schema.yml": "",
    }
    parsed, home = project(**broken)
    result = build.build_models(parsed, home)
    assert "Model good could not be computed (dbt_project/models/good.sql)" in result.error
    assert "no_such_column" in result.error
    assert "1 models and tests that depend on these were left out." in result.error
    assert "the marts are those of the run before" in result.error
    assert [item.status for item in result.results] == ["error", "skipped"]


def test_a_build_leaves_nothing_open_or_behind(project, tmp_path):
    parsed, home = project(**{"models/schema.yml": ""})
    directory = os.getcwd()
    seen = []
    result = build.build_models(parsed, home, on_node=lambda done, name: seen.append((done, name)))
    assert result.error is None
    assert result.counts() == {"models": 2, "tests": 0}
    assert seen == [(1, "good"), (2, "after")]
    assert os.getcwd() == directory
    # Another configuration than dbt's would be refused if dbt still had the file open.
    with duckdb.connect(str(home / "warehouse.duckdb"), config={"threads": 1}) as con:
        assert con.execute("select count(*) from main.after").fetchone() == (3,)
    assert {path.name for path in (tmp_path / "dbt_project").iterdir()} == {
        "dbt_project.yml",
        "models",
        "profiles.yml",
    }


def test_ctrl_c_in_a_model_is_no_error_of_the_model(project, monkeypatch):
    parsed, home = project(**{"models/schema.yml": ""})

    def interrupted(*_):
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr(build, "materialize", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build.build_models(parsed, home)


def test_models_that_do_not_parse(project):
    with pytest.raises(DbtProjectError, match="no_such_model"):
        project(**{"models/after.sql": "select * from {{ ref('no_such_model') }}"})


def test_the_same_files_are_parsed_once(project, tmp_path):
    first, _ = project(**{"models/schema.yml": ""})
    again, _ = project(**{"models/schema.yml": ""})
    assert first.folder == again.folder
    changed, _ = project(**{"models/schema.yml": "", "models/more.sql": "select 1 as id"})
    assert changed.folder != first.folder
    assert "model.meterhouse.more" in changed.manifest["nodes"]
    assert not list((tmp_path / "parsed").glob(".parsing-*"))
