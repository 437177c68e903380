"""A metric reads its events and lookup tables: each way out is closed, before and while dbt runs.

Guards against SQL of an analyst that reads or writes a file, the network or another layer,
with the rights of the pipeline, and against SQL that depends on the clock or on chance (S-4).
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.dbt import sandbox
from meterhouse.dbt.sandbox import close_doors, log_files
from meterhouse.metrics.allowed_sql import check_metric_sql, metric_sql_problems

HEAD = "select contract_id, window_start, window_end, "
TAIL = " as quantity from {{ billable_events() }} group by all"
WAYS_OUT = {
    "a CSV file": ("select * from read_csv('/etc/passwd')", "reads read_csv()"),
    "a file by its name": ("select * from '/etc/passwd.csv'", "reads /etc/passwd.csv"),
    "Parquet": ("select * from read_parquet('x.parquet')", "reads read_parquet()"),
    "JSON": ("select * from read_json('x.json')", "reads read_json()"),
    "text": ("select * from read_text('/etc/passwd')", "reads read_text()"),
    "a folder": ("select * from glob('/etc/*')", "reads glob()"),
    "a file, deep inside": (
        f"{HEAD}(select max(content) from read_blob('/etc/passwd')){TAIL}",
        "reads read_blob()",
    ),
    "a file in a macro's argument": (
        HEAD + "{{ to_quantity(\"(select count(*) from read_csv('x'))\") }}" + TAIL,
        "reads read_csv()",
    ),
    "another layer": ("select * from rating.priced_slices", "reads rating.priced_slices"),
    "the price book": ("select * from price_book.contracts", "reads price_book.contracts"),
    "all events": ("select * from events.landed_events", "reads events.landed_events"),
    "another database": ("select * from other.main.t", "reads other.main.t"),
    "the catalog": ("select * from duckdb_tables()", "reads duckdb_tables()"),
    "the schema": ("select * from information_schema.tables", "reads information_schema.tables"),
    "SQL in a text": ("select * from query('select 1')", "reads query()"),
    "a table by its name": ("select * from query_table('t')", "reads query_table()"),
    "describing": ("select * from (describe rating.slices)", "describes tables"),
    "an unknown lookup": ("select * from {{ lookup('secrets') }}", "does not declare"),
    "writing a file": ("copy (select 1) to '/tmp/x.csv'", "is not one `select`"),
    "attaching": ("attach '/tmp/x.duckdb'", "is not one `select`"),
    "installing": ("install httpfs", "is not one `select`"),
    "a setting": ("set threads = 1", "is not one `select`"),
    "a second statement": ("select 1; select 2", "more than one statement"),
    "ref": ("select * from {{ ref('slices') }}", "uses ref of dbt"),
    "source": ("select * from {{ source('ledger', 'invoices') }}", "uses source of dbt"),
    "a query while compiling": ("{% do run_query('select 1') %} select 1", "uses run_query"),
    "a hook": ("{{ config(pre_hook='select 1') }} select 1", "uses config of dbt"),
    "the environment": ("select '{{ env_var('HOME') }}'", "uses env_var of dbt"),
    "Python": ("select {{ ''.__class__.__mro__ }}", "not a template"),
    "the clock": (f"{HEAD} epoch(now()) {TAIL}", "uses now"),
    "the date": (f"{HEAD} max(current_date) {TAIL}", "uses current_date"),
    "chance": (f"{HEAD} sum(random()) {TAIL}", "uses random"),
    "the machine": ("select current_setting('temp_directory')", "uses current_setting()"),
}
# The same at run time, should SQL ever get past the check: what DuckDB itself refuses.
DOORS = {
    "a file": "from read_csv('{folder}/secret.csv')",
    "a file by its name": "from '{folder}/secret.csv'",
    "a log file that is not of this run": "from '{folder}/raw_events/old.parquet'",
    "a way around": "from '{folder}/raw_events/../secret.csv'",
    "a folder": "from glob('{folder}/raw_events/*')",
    "text": "from read_text('/etc/hostname')",
    "writing": "copy (select 1) to '{folder}/out.csv'",
    "writing beside the log": "copy (select 1) to '{folder}/raw_events/new2.parquet'",
    "another database": "attach '{folder}/other.duckdb'",
    "exporting": "export database '{folder}/export'",
    "the network": "from 'https://localhost/x.csv'",
    "a bucket": "from 's3://bucket/x.parquet'",
    "installing an extension": "install httpfs",
    "loading an extension": "load httpfs",
    "opening the doors again": "set enable_external_access = true",
    "more folders": "set allowed_directories = ['/']",
    "unlocking": "set lock_configuration = false",
    "a variable of Python": "from leaked",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project of one metric, `m`."""
    folder = tmp_path / "models" / "metrics" / "m"
    folder.mkdir(parents=True)
    lookups = DBT_PROJECT / "models" / "metrics" / "_lookups.yml"
    (folder.parent / "_lookups.yml").write_text(lookups.read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse as dbt opens it, with one old and one new log file."""
    (tmp_path / "raw_events").mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n", "utf-8")
    for name in ("old", "new"):
        duckdb.sql(f"copy (select '{name}') to '{tmp_path}/raw_events/{name}.parquet'")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("create schema inputs; create schema events")
        con.execute("create table events.landed_events as select 0 as log_version")
        con.execute(
            "create table inputs.log_files as from (values "
            f"(0, '{tmp_path}/raw_events/old.parquet'), (1, '{tmp_path}/raw_events/new.parquet'), "
            "(2, null)) as files(log_version, path)"
        )
        close_doors(con, log_files(con))
        yield con


@pytest.mark.parametrize("sql, said", WAYS_OUT.values(), ids=WAYS_OUT)
def test_a_way_out_is_refused_before_anything_runs(project: Path, sql: str, said: str):
    path = project / "models" / "metrics" / "m" / "m_v1.sql"
    path.write_text(sql, "utf-8")
    with pytest.raises(DbtProjectError) as refused:
        check_metric_sql(project)
    assert str(path) in str(refused.value)
    assert said in str(refused.value)


def test_python_and_hooks_in_yaml_are_refused(project: Path):
    folder = project / "models" / "metrics" / "m"
    (folder / "m_v1.py").write_text("def model(dbt, session): ...", "utf-8")
    (folder / "_m__models.yml").write_text(
        "models: [{name: m, versions: [{v: 1, config: {post_hook: drop schema ledger}}]}]", "utf-8"
    )
    found = "\n".join(metric_sql_problems(project))
    assert "m_v1.py is Python" in found
    assert "m sets post_hook under `config`" in found


def test_the_metrics_of_the_project_stay_inside():
    assert metric_sql_problems() == []


@pytest.mark.parametrize("sql", DOORS.values(), ids=DOORS)
def test_a_door_is_closed_while_dbt_runs(inside: duckdb.DuckDBPyConnection, tmp_path: Path, sql):
    leaked = duckdb.sql("select 1").to_arrow_table()
    assert leaked.num_rows == 1
    with pytest.raises(duckdb.Error):
        inside.cursor().execute(sql.format(folder=tmp_path)).fetchall()
    assert not list(tmp_path.glob("*out.csv")) and not (tmp_path / "export").exists()


def test_the_log_of_the_run_can_be_read_in_utc(inside: duckdb.DuckDBPyConnection, tmp_path: Path):
    query = f"select * from read_parquet(['{tmp_path}/raw_events/new.parquet'])"
    assert inside.cursor().execute(query).fetchall() == [("new",)]
    assert inside.cursor().execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
    # A full refresh reads them all.
    assert len(log_files(inside, everything=True)) == 2


def test_temporary_files_are_still_allowed(inside: duckdb.DuckDBPyConnection):
    """Sorting more than memory holds spills to a folder beside the warehouse."""
    query = "select current_setting('temp_directory'), current_setting('allowed_directories')[1]"
    [(folder, allowed)] = inside.execute(query).fetchall()
    assert allowed == f"{folder}/"


def test_dbt_opens_the_warehouse_behind_closed_doors():
    outputs = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text("utf-8"))
    plugins = outputs["meterhouse"]["outputs"]["local"]["plugins"]
    assert plugins == [{"module": sandbox.__name__}]
