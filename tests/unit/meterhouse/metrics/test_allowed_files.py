"""Each file that dbt would take is one that the checks see, and its YAML sets what is known alone.

Guards against a metric file beside the check: Python, another spelling of a suffix, a link that
changes afterwards, a hook or a template in YAML.
"""

from pathlib import Path

import pytest
import yaml

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT, PROJECT
from meterhouse.metrics.allowed.declarations import yaml_problems
from meterhouse.metrics.allowed.files import TAKEN, metric_files
from meterhouse.metrics.allowed_sql import check_metric_sql

METRIC = """
models:
  - name: m
    description: Events.
    config:
      meta: {event_types: [a], group_keys: []}
    columns: [{name: contract_id, data_type: varchar}]
    data_tests: [{one_row_per_group: {arguments: {group_keys: []}}}]
    versions: [{v: 1}]
"""
TEST = """
unit_tests:
  - name: t
    model: m
    given:
      - {input: "ref('events')", format: sql, rows: "ROWS"}
    expect: {rows: [{quantity: 1}]}
"""
# What it is called → (where the tree of the YAML is changed, to what, words of the refusal).
SET = {
    "a hook": ("models.0.config.post_hook", "drop schema ledger", "has `post_hook`"),
    "a hook with a dash": ("models.0.config.pre-hook", "select 1", "has `pre-hook`"),
    "SQL before the model": ("models.0.config.sql_header", "select 1", "has `sql_header`"),
    "another schema": ("models.0.config.schema", "ledger", "has `schema`"),
    "another name": ("models.0.config.alias", "invoices", "has `alias`"),
    "materialized elsewhere": ("models.0.config.materialized", "external", "`materialized`"),
    "a contract of its own": ("models.0.config.contract", {"enforced": False}, "has `contract`"),
    "a grant": ("models.0.config.grants", {"select": ["x"]}, "has `grants`"),
    "a constraint": ("models.0.constraints", [{"type": "custom"}], "has `constraints`"),
    "a column's constraint": (
        "models.0.columns.0.constraints",
        [{"type": "check", "expression": "1"}],
        "has `constraints`",
    ),
    "a type with SQL in it": ("models.0.columns.0.data_type", "varchar); drop", "no data type"),
    "a column with SQL in it": ("models.0.columns.0.name", "a, (select 1)", "no name"),
    "a group key with SQL in it": ("models.0.config.meta.group_keys", ["a' || x"], "no name"),
    "a group by the book's digest": (
        "models.0.config.meta.group_keys",
        ["price_book"],
        "neither event_seq nor price_book",
    ),
    "a column of the place's name": ("models.0.columns.0.name", "EVENT_SEQ", "neither event_seq"),
    "an event type with a quote": ("models.0.config.meta.event_types", ["a' or 'b"], "no event"),
    "where of a test": (
        "models.0.data_tests.0.one_row_per_group.config",
        {"where": "(select 1)"},
        "has `config`",
    ),
    "kept failures": (
        "models.0.data_tests.0.one_row_per_group.config",
        {"store_failures": True},
        "has `config`",
    ),
    "another test": ("models.0.data_tests", [{"expression_is_true": {}}], "expression_is_true"),
    "a test's argument with SQL": (
        "models.0.data_tests.0.one_row_per_group.arguments.group_keys",
        ["a) from x --"],
        "no name",
    ),
    "the environment": ("models.0.description", "{{ env_var('SECRET') }}", "has the template"),
    "a variable": ("models.0.config.meta.owner", "{{ var('x') }}", "has the template"),
    "a template in a filter": (
        "models.0.config.meta.property_filters",
        [{"name": "{{ target }}", "in_values": ["x"]}],
        "has the template",
    ),
    "a version's file": ("models.0.versions.0.defined_in", "other", "has `defined_in`"),
    "another resource": ("seeds", [{"name": "x"}], "has `seeds`"),
    "a source": ("sources", [{"name": "ledger"}], "has `sources`"),
    "a macro": ("macros", [{"name": "x"}], "has `macros`"),
}
ROWS = {
    "a query of dbt": ("{% raw %}{{ run_query('x') }}{% endraw %}", "uses run_query"),
    "the environment": ("{{ env_var('HOME') }}", "uses env_var"),
    "a loop": ("{% for a in [1] %}select 1{% endfor %}", "has a statement"),
    "a file": ("select * from read_csv('/etc/passwd')", "reads read_csv()"),
    "a table": ("select * from ledger.invoices", "reads ledger.invoices"),
    "two statements": ("select 1; select 2", "more than one"),
    "the clock": ("select now()", "uses now"),
    "an attribute": ("{% raw %}{{ given_events.context }}{% endraw %}", "the attribute .context"),
}
FILES = {
    "Python": ("m/m_v1.py", "is Python"),
    "Python in capitals": ("m/m_v1.PY", "is Python"),
    "SQL in capitals": ("m/m_v2.SQL", "is none of a metric's files"),
    "YAML in capitals": ("m/_m__models.YML", "is none of a metric's files"),
    "the other YAML": ("m/_m__models.yaml", "is none of a metric's files"),
    "another model": ("m/invoices.sql", "is none of a metric's files"),
    "beside the metrics": ("invoices.sql", "stands beside the metrics"),
    "YAML beside the metrics": ("x.yml", "stands beside the metrics"),
    "deeper": ("m/n/m_v1.sql", "a folder inside"),
    "a fixture": ("m/rows.csv", "is none of a metric's files"),
    "documentation": ("m/notes.md", "is none of a metric's files"),
    "no name": ("M-1/x.sql", "is no name of a metric"),
}


def changed(path: str, value: object) -> str:
    """The YAML of the metric with one value set."""
    tree = yaml.safe_load(METRIC)
    *parents, last = path.split(".")
    node = tree
    for part in parents:
        node = node[int(part)] if isinstance(node, list) else node[part]
    node[last] = value
    return yaml.safe_dump(tree)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The metrics of a project of one metric, `m`."""
    metric = tmp_path / "models" / "metrics" / "m"
    metric.mkdir(parents=True)
    (metric / "_m__models.yml").write_text(METRIC, "utf-8")
    sql = "select contract_id, window_start, window_end from {{ billable_events() }}"
    (metric / "m_v1.sql").write_text(sql, "utf-8")
    return metric.parent


def test_the_plain_metric_passes(folder: Path, tmp_path: Path):
    check_metric_sql(tmp_path)


@pytest.mark.parametrize("path, value, said", SET.values(), ids=SET)
def test_what_is_not_in_the_schema_is_refused(folder: Path, tmp_path: Path, path, value, said):
    (folder / "m" / "_m__models.yml").write_text(changed(path, value), "utf-8")
    with pytest.raises(DbtProjectError) as refused:
        check_metric_sql(tmp_path)
    assert said in str(refused.value) and "_m__models.yml" in str(refused.value)


@pytest.mark.parametrize("rows, said", ROWS.values(), ids=ROWS)
def test_rows_of_a_unit_test_are_made_up(folder: Path, rows: str, said: str):
    path = folder / "m" / "_m__unit_tests.yml"
    path.write_text(TEST.replace("ROWS", rows), "utf-8")
    problems = list(yaml_problems(path))
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize("name, said", FILES.values(), ids=FILES)
def test_a_file_that_dbt_would_take_is_seen(folder: Path, tmp_path: Path, name: str, said: str):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("select 1", "utf-8")
    with pytest.raises(DbtProjectError) as refused:
        check_metric_sql(tmp_path)
    assert said in str(refused.value)


def test_a_link_is_refused(folder: Path, tmp_path: Path):
    (folder / "m" / "m_v2.sql").symlink_to(folder / "m" / "m_v1.sql")
    assert ["is a link" in problem for problem in metric_files(folder).problems] == [True]
    (folder / "m" / "m_v2.sql").unlink()
    (folder / "n").symlink_to(folder / "m")
    assert ["is a link" in problem for problem in metric_files(folder).problems] == [True]


def test_a_name_that_begins_with_a_dot_is_seen(folder: Path):
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "x.sql").write_text("select 1", "utf-8")
    assert metric_files(folder).problems


def test_dbt_takes_no_other_suffix():
    """If a release of dbt reads more kinds of files in a model's folder, this says so."""
    import inspect

    from dbt.parser import read_files

    source = inspect.getsource(read_files.get_file_types_for_project)
    suffixes = {part for part in source.replace('"', "'").split("'") if part.startswith(".")}
    assert suffixes and suffixes <= TAKEN, suffixes


def test_what_ships_is_in_the_schema():
    files = metric_files(DBT_PROJECT / "models" / "metrics")
    assert files.problems == []
    own = sorted((PROJECT / "tests" / "integration" / "own_metrics").glob("*.yml"))
    for path in [*files.yaml, *own]:
        assert list(yaml_problems(path)) == [], path
    assert files.lookups and list(yaml_problems(files.lookups, True)) == []
