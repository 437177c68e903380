"""What dbt compiles depends on the project's files alone, and is enough to run without dbt.

Guards against SQL that was right for the warehouse it was compiled over, and wrong in the next.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT, PROJECT
from meterhouse.dbt import hooks
from meterhouse.dbt.project import parsed_project

# Defines everything that a run needs, and says which modules of dbt were loaded for it.
LOADED = """
import sys
from dagster_pipeline.definitions import defs
defs().resolve_job_def("run")
print([name for name in sys.modules if name.split(".")[0] in ("dbt", "dagster_dbt")])
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dbt project without models, and an empty data directory."""
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    root = tmp_path / "dbt_project"
    (root / "models").mkdir(parents=True)
    (root / "dbt_project.yml").write_text("name: meterhouse\nprofile: meterhouse\n")
    (root / "profiles.yml").write_text((DBT_PROJECT / "profiles.yml").read_text())
    return root


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 as id {{ run_query('select 1').rows[0][0] if execute }}",
        "select {{ 1 if is_incremental() else 2 }} as id",
        "select {{ adapter.get_relation('warehouse', 'main', 'm') is none }} as id",
    ],
)
def test_a_model_that_asks_the_warehouse_is_refused(root: Path, tmp_path: Path, sql: str):
    (root / "models" / "m.sql").write_text("{{ config(materialized='table') }}\n" + sql)
    with pytest.raises(DbtProjectError) as refused:
        parsed_project(root, tmp_path / "parsed")
    assert "models/m.sql" in str(refused.value)
    assert "may not ask the warehouse while it is compiled" in str(refused.value)


def write_macro(root: Path, name: str, text: str) -> None:
    """A macro that hooks may call."""
    (root / "macros" / "metrics").mkdir(parents=True, exist_ok=True)
    path = root / "macros" / "metrics" / f"{name}.sql"
    path.write_text(f"{{% macro {name}() %}}{text}{{% endmacro %}}")


@pytest.mark.parametrize("hook", ["run_query(this)", "given()"])
def test_a_hook_is_text_before_the_model_is_run(root: Path, tmp_path: Path, hook: str):
    write_macro(root, "given", "{{ return('select 1') }}")
    (root / "models" / "m.sql").write_text(
        f"{{{{ config(pre_hook='{{{{ {hook} }}}}') }}}}\nselect 1 as id"
    )
    with pytest.raises(DbtProjectError, match=r"models/m\.sql cannot be written as SQL before"):
        parsed_project(root, tmp_path / "parsed")


def test_hooks_know_their_own_model_and_the_macros_are_read_once(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Reading all macros for each hook took three quarters of the time of compiling."""
    write_macro(root, "noted", "set variable {{ model.name }} = {{ inner() }}")
    write_macro(root, "inner", "(select count(*) from {{ this }})")
    for name in ("one", "two"):
        (root / "models" / f"{name}.sql").write_text(
            "{{ config(materialized='table', post_hook='{{ noted() }}') }}\nselect 1 as id"
        )
    read = []

    class Counting(hooks.Environment):
        def from_string(self, source, *arguments, **named):
            read.append(source)
            return super().from_string(source, *arguments, **named)

    monkeypatch.setattr(hooks, "Environment", Counting)
    compiled = parsed_project(root, tmp_path / "parsed").compiled
    assert [node.after for node in compiled.models()] == [
        [f'set variable {name} = (select count(*) from "warehouse"."main"."{name}")']
        for name in ("one", "two")
    ]
    assert len([source for source in read if "macro" in source]) == 1


def test_a_run_loads_no_dbt(tmp_path: Path):
    parsed_project()
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        env={**os.environ, "METERHOUSE_HOME": str(tmp_path)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
