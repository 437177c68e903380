"""Which stored windows are compared with their notes (S-48): the model's own SQL over plain tables.

Guards against an upgrade of the engine that accuses every window, because another version hashes
otherwise. With whole runs: tests/long/test_altered_values.py.
"""

import duckdb
from jinja2 import Environment

from meterhouse.common.settings import DBT_PROJECT

TABLES = """
    create schema usage; create schema metrics;
    create table rated_periods as
    select
        'acme' as contract_id, date '2026-01-01' as period_start, date '2026-02-01' as period_end;
    create table metrics.api_calls as
    select 'acme' as contract_id, day as window_start, day + 1 as window_end, 5 as quantity
    from (select unnest(range(1, 7)) as number, date '2025-12-31' + number::integer as day);
    create table usage.computed_windows (
        metric varchar, metric_version integer, contract_id varchar, window_start date,
        window_end date, fingerprint varchar, stored varchar
    )
"""
RIGHT = "(select concat_ws(':', version(), 1, hash(stored)) from metrics.api_calls as stored"
NOTED = {
    1: f"{RIGHT} where window_start = '2026-01-01')",
    2: "version() || ':1:7'",
    # what another engine says of the same rows, and of rows that were altered since
    3: "'v0.0.1:1:7'",
    4: "'v0.0.1:2:8'",
    # of a release that noted nothing
    5: "null",
}


def altered_windows_sql() -> str:
    """The model with its two macros; which metrics are billed and stored is given."""
    macros = (DBT_PROJECT / "macros" / "metrics" / "stored_sums.sql").read_text("utf-8")
    model = (DBT_PROJECT / "models" / "calendar" / "altered_windows.sql").read_text("utf-8")
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals |= {
        "ref": lambda name: name,
        "source": lambda schema, table: f"usage.{table}",
        "given": lambda: [("api_calls", 1, "metrics.api_calls")],
    }
    template = f"{macros}{{% set stored_tables = given %}}{model}"
    return environment.from_string(template).render()


def test_a_note_of_another_engine_is_not_compared():
    con = duckdb.connect()
    con.execute(TABLES)
    for day, noted in NOTED.items():
        con.execute(
            f"insert into usage.computed_windows select 'api_calls', 1, 'acme', '2026-01-{day:02}',"
            f" '2026-01-{day + 1:02}', 'fingerprint', {noted}"
        )
    found = con.execute(f"select day(window_start) from ({altered_windows_sql()}) order by all")
    # the one that this engine noted otherwise, and one that no run has noted
    assert found.fetchall() == [(2,), (6,)]
