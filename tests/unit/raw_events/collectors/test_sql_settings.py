"""Guards against a wrong file of an SQL collector that is taken, or refused in riddles (S-63).

The database is a DuckDB file: what is special about PostgreSQL is in tests/integration/collectors.
"""

import json

import pytest

from raw_events.collectors.errors import CollectorFault, MissingExtra, SourceError
from raw_events.collectors.overview import forget, overview
from tests.unit.raw_events.collectors.sql_shop import SELECT, collector, run
from tests.unit.raw_events.event_cases import AS_OF, landed


@pytest.mark.parametrize(
    "settings, select, said",
    [
        ({"key": None}, SELECT, "its head has no `key`"),
        ({"start": None}, SELECT, "its head has no `start`"),
        ({"open_transactions": ""}, SELECT, "`open_transactions` is empty"),
        ({"timeout": "0s"}, SELECT, "`timeout` must be a second or more"),
        ({"cadence": "0s"}, SELECT, "`cadence` must be a second or more"),
        ({"aggregate": "0h"}, SELECT, "`aggregate` must be a second or more"),
        ({"alert_after": "1s"}, SELECT, "no shorter than `cadence`"),
        ({"connection": "postgresql://ann:pw@db/x"}, SELECT, "has no place in a file"),
        ({"driver": "postgres"}, SELECT, "for postgres write postgresql"),
        ({"keys": "x"}, SELECT, "settings that nobody knows: keys"),
        ({"lag": "soon"}, SELECT, "`lag` must be a duration"),
        ({"lag": "0s"}, SELECT, "a second or more"),
        ({"lag": "500ms"}, SELECT, "`lag` must be a duration"),
        ({"open_transactions": "wiat"}, SELECT, "wait or ignore, not 'wiat'"),
        ({"start": "yesterday"}, SELECT, "`start` must be a date"),
        # YAML's own dates, and what no clock of Python has, are said like any other fault.
        ({"start": "2026-02-30"}, SELECT, "head is not YAML"),
        ({"start": "0001-01-01T00:00:00+14:00"}, SELECT, "`start` must be a date"),
        ({"cadence": "999999999999d"}, SELECT, "`cadence` is longer"),
        ({"cadence": "10001d"}, SELECT, "`cadence` is longer"),
        ({"aggregate": "5h"}, SELECT, "whole multiples"),
        ({"aggregate": "1h", "start": "2026-01-31T00:30:00Z"}, SELECT, "whole multiples"),
        ({"aggregate": "1h"}, SELECT.replace("placed_at as", "'x' as"), "must be a timestamp"),
        ({}, "delete from orders", "must stand one SELECT"),
        ({}, "/* a */ " * 60 + "no select", "must stand one SELECT"),
        ({}, "select 1", r"\$1 and \$2"),
        ({}, SELECT.replace("$2", "'$2'"), r"\$1 and \$2"),
        ({}, SELECT + "; drop table orders", "more than one statement"),
        ({}, SELECT.replace("amount", "amount as customer_id"), "two columns are called"),
        ({"event_type": None}, SELECT, "no column event_type"),
        ({"key": "line"}, SELECT, "a column of the key"),
        ({"key": "amount"}, SELECT.replace("amount", "amount::double as amount"), "cast it"),
    ],
)
def test_a_wrong_collector_says_what_is_wrong(shop, tmp_path, settings, select, said):
    with pytest.raises(CollectorFault, match=said) as refused:
        run(tmp_path, collector(tmp_path / "c", select, **settings))
    assert refused.value.exit_status == 2 and "orders" in str(refused.value)
    assert "pw@" not in str(refused.value)


def test_a_driver_that_is_not_there_is_said_in_words(shop, tmp_path):
    with pytest.raises(SourceError, match="there is no ADBC driver adbc_driver_nobody on this"):
        run(tmp_path, collector(tmp_path / "c", driver="adbc_driver_nobody"))


def test_a_start_that_is_changed_later_is_said_to_have_no_effect(shop, tmp_path):
    folder = collector(tmp_path / "c")
    run(tmp_path, folder)
    assert overview(tmp_path, folder, AS_OF)[0].hint is None
    collector(tmp_path / "c", start="2026-01-20")
    run(tmp_path, folder)
    (found,) = overview(tmp_path, folder, AS_OF)
    assert "`start` is 2026-01-20T00:00:00+00:00 now and was 2026-01-31" in str(found.hint)


def test_a_source_without_a_collector_may_be_forgotten(shop, tmp_path):
    folder = collector(tmp_path / "c")
    run(tmp_path, folder)
    with pytest.raises(CollectorFault, match="has a collector"):
        forget(tmp_path, folder, "orders")
    text = (folder / "orders.sql").read_text()
    (folder / "orders.sql").unlink()
    (found,) = overview(tmp_path, folder, AS_OF)
    assert found.status == "stopped" and "meterhouse source forget orders" in str(found.fault)
    forget(tmp_path, folder, "orders")
    assert overview(tmp_path, folder, AS_OF) == []
    # Its position stands in the log: with its file back nothing lands twice.
    (folder / "orders.sql").write_text(text)
    assert run(tmp_path, folder).accepted == 0


def test_comments_and_quotes_are_left_alone(shop, tmp_path):
    select = f"""-- of the shop; all of it
    /* $3; */ {SELECT.replace("amount", "amount, 'a;$4' as note")} ; -- done
    """
    assert run(tmp_path, collector(tmp_path / "c", select)).accepted == 710
    assert json.loads(landed(tmp_path)[0]["properties"])["note"] == "a;$4"


def test_an_unset_address_names_the_variable(tmp_path):
    with pytest.raises(SourceError, match="SHOP_DB is not set"):
        run(tmp_path, collector(tmp_path / "c"))


def test_a_missing_driver_is_said_with_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_DB", "x")
    monkeypatch.setitem(__import__("sys").modules, "adbc_driver_manager.dbapi", None)
    monkeypatch.setitem(__import__("sys").modules, "adbc_driver_manager", None)
    with pytest.raises(MissingExtra, match=r"pip install 'meterhouse\[postgres\]'"):
        run(tmp_path, collector(tmp_path / "c"))
