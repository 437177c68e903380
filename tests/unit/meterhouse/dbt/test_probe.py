"""For which contracts a statement cannot be computed (S-52): single ones, or none."""

import duckdb
import pytest

from meterhouse.dbt.probe import Probe, blamed, culprits, probing

AMOUNTS = """
    select lines.contract_id, cast(lines.quantity * prices.price as decimal(6, 2)) as amount
    from "memory"."usage"."big_lines" as lines
    -- not "memory"."usage"."nothing"
    inner join "memory"."book"."prices" using (contract_id)
"""


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute("""
            create schema usage; create schema book;
            create table usage.lines as
            select 'c' || i as contract_id, i % 3 as product_id,
                case when i in (3, 6) then 99999 else 1 end as quantity
            from range(10) as numbers(i);
            create view usage.big_lines as select * from memory.usage.lines where quantity >= 1;
            create table book.prices as
            select 'c' || i as contract_id, 10 as price from range(10) as numbers(i);
        """)
        yield connection


def test_the_contracts_that_do_not_fit_are_found_one_by_one(con):
    with probing(con, AMOUNTS) as probe:
        names = [f"c{i}" for i in range(10)]
        found = culprits(lambda part: probe.error({"contract_id": part}), names)
    assert sorted(found) == ["c3", "c6"]
    assert "999990" in found["c3"]


def test_a_statement_that_is_wrong_for_all_is_nobodys(con):
    probe = Probe(con, "select cast('x' as integer) as one")
    assert probe.error({"contract_id": []}) is not None


def test_several_together_are_no_culprit_alone(con):
    probe = Probe(
        con, 'select cast(sum(quantity) as decimal(5, 0)) as q from "memory"."usage"."lines"'
    )
    names = [f"c{i}" for i in range(10)]
    assert probe.error({"contract_id": names}) is not None
    assert culprits(lambda part: probe.error({"contract_id": part}), ["c3"]) == {}
    assert culprits(lambda part: probe.error({"contract_id": part}), names) == {}


def test_a_percentage_and_what_it_is_of_are_blamed_together(con):
    """S-29, S-52: the statement fails with both; a third product is no matter."""
    con.execute("""
        create table book.percentages as select 'support' as product_id, 'calls' as of_product;
        create table usage.charges as
        from (values ('calls', 99999), ('seats', 5)) as charges(product_id, amount);
    """)
    probe = Probe(
        con,
        'select cast(charges.amount as decimal(4, 0)) as amount from "memory"."usage"."charges" '
        'inner join "memory"."book"."percentages" on charges.product_id = percentages.of_product',
    )
    products = ["calls", "seats", "support"]
    assert culprits(lambda part: probe.error({"product_id": part}), products) == {}
    assert blamed(lambda part: probe.error({"product_id": part}), products) == ["calls", "support"]


def test_values_and_relations_are_those_behind_views(con):
    probe = Probe(con, 'select * from "memory"."usage"."big_lines"')
    assert probe.relations() == [("usage", "big_lines"), ("usage", "lines")]
    assert probe.values("product_id", {"contract_id": ["c3"]}) == [0]


def test_nothing_is_left_behind(con):
    probe = Probe(con, 'select * from "memory"."usage"."big_lines"')
    assert probe.error({"contract_id": ["c1"]}) is None
    assert con.execute("select count(*) from duckdb_tables() where temporary").fetchone() == (0,)
