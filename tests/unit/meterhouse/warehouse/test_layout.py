"""A warehouse of another release: what is dropped, what stays, and who must not read it."""

import duckdb
import pytest

from meterhouse.metrics.model_columns import model_columns
from meterhouse.warehouse.errors import WarehouseError
from meterhouse.warehouse.layout import check_layout, renew_layout, warehouse_layout
from meterhouse.warehouse.run_costs import COLUMNS as RUN_COLUMNS


def columns(*model: str) -> str:
    return ", ".join(f'"{name}" {type_}' for name, type_ in model_columns(*model).items())


@pytest.fixture
def old() -> duckdb.DuckDBPyConnection:
    """As an earlier release left it: another word for the fingerprint, a model that is gone."""
    con = duckdb.connect()
    con.execute(f"""
        create schema inputs; create schema usage; create schema metrics; create schema rating;
        create schema ledger; create schema marts;
        create table inputs.runs ({RUN_COLUMNS});
        insert into inputs.runs (run_number) values (1), (2);
        create table inputs.log_files (log_version bigint);
        create table ledger.entries (ledger_version bigint);
        create table rating.charged_lines (amount double);
        create view marts.invoices as from rating.charged_lines;
        create table usage.computed_windows (
            metric varchar, metric_version integer, contract_id varchar, window_start date,
            window_end date, signature varchar
        );
        insert into usage.computed_windows
        values ('api_calls', 1, 'acme-1', '2026-01-05', '2026-01-06', 'x');
        create table usage.bad_quantity_days ({columns("usage", "bad_quantity_days")});
        insert into usage.bad_quantity_days by name select 'api_calls' as metric;
        create table metrics.api_calls_v1 (quantity decimal(28, 10));
        insert into metrics.api_calls_v1 values (7)
    """)
    return con


def tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    query = (
        "select schema_name || '.' || table_name from duckdb_tables() union "
        "select schema_name || '.' || view_name from duckdb_views() where not internal"
    )
    return {name for (name,) in con.execute(query).fetchall()}


def test_history_stays_and_the_rest_goes(old, capsys):
    renew_layout(old)
    assert "written by another release" in capsys.readouterr().out
    assert tables(old) == {
        *("inputs.layout", "inputs.runs", "ledger.entries", "metrics.api_calls_v1"),
        *("usage.computed_windows", "usage.bad_quantity_days"),
    }
    assert old.execute("select run_number from inputs.runs order by all").fetchall() == [(1,), (2,)]
    assert old.execute("select quantity from metrics.api_calls_v1").fetchone()[0] == 7
    # Known as computed, and due again wherever a period is rated.
    found = old.execute("select contract_id, fingerprint from usage.computed_windows").fetchall()
    assert found == [("acme-1", "")]
    assert old.execute("select metric from usage.bad_quantity_days").fetchall() == [("api_calls",)]
    assert list(model_columns("usage", "computed_windows")) == [
        name for name, *_ in old.execute("describe usage.computed_windows").fetchall()
    ]


def test_what_has_other_columns_does_not_stay(old):
    old.execute("alter table inputs.runs drop column nothing_new")
    old.execute("alter table usage.bad_quantity_days add column more varchar")
    renew_layout(old)
    assert not {"inputs.runs", "usage.bad_quantity_days"} & tables(old)


def test_values_whose_windows_are_not_known_go(old):
    old.execute("drop table usage.computed_windows")
    renew_layout(old)
    assert "metrics.api_calls_v1" not in tables(old)


def test_a_new_warehouse_is_marked_and_says_nothing(capsys):
    con = duckdb.connect()
    renew_layout(con)
    assert con.execute("from inputs.layout").fetchall() == [(warehouse_layout(),)]
    assert not capsys.readouterr().out
    check_layout(con)
    con.execute("create table inputs.log_files (log_version bigint)")
    renew_layout(con)
    assert "inputs.log_files" in tables(con), "the same layout changes nothing"


def test_what_only_reads_refuses_another_layout(old):
    with pytest.raises(WarehouseError, match="meterhouse run"):
        check_layout(old)


def test_nothing_is_dropped_by_halves(old, monkeypatch):
    before = tables(old)
    monkeypatch.setattr("meterhouse.warehouse.layout._put_back", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        renew_layout(old)
    assert tables(old) == before
