"""What a table holds, for a reader who must see that somebody wrote into it (S-48)."""

import duckdb
import pytest

from meterhouse.common.table_sums import shapes, table_sum


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("create schema a; create table a.t (id integer, amount decimal(20, 4))")
        con.execute("insert into a.t values (1, 1.5), (2, null)")
        yield con


def test_a_shape_has_columns_in_order_types_and_whether_it_is_a_table(con):
    con.execute("create view a.v as select amount, id from a.t; create schema b")
    con.execute("create table b.t (id integer)")
    assert shapes(con, "a") == {
        "a.t": "BASE TABLE: id INTEGER, amount DECIMAL(20,4)",
        "a.v": "VIEW: amount DECIMAL(20,4), id INTEGER",
    }
    assert shapes(con, "b") == {"b.t": "BASE TABLE: id INTEGER"}
    assert shapes(con, "a", "b").keys() == {"a.t", "a.v", "b.t"}


@pytest.mark.parametrize(
    "harm",
    [
        "update a.t set amount = 1.6 where id = 1",
        "delete from a.t where id = 2",
        "insert into a.t values (3, 0)",
        "alter table a.t rename column amount to total",
        "alter table a.t alter column amount type decimal(20, 3)",
        "create table a.u as from a.t; drop table a.t; create view a.t as from a.u",
    ],
)
def test_every_change_is_another_sum(con, harm):
    before = table_sum(con, "a.t", shapes(con, "a")["a.t"])
    con.execute(harm)
    assert table_sum(con, "a.t", shapes(con, "a")["a.t"]) != before
