"""The lists inside a ledger document do not depend on the order in which rows come (S-47)."""

import random

import duckdb
import pyarrow as pa
import pytest
from jinja2 import Environment

from dagster_pipeline.settings import DBT_PROJECT

MACRO = (DBT_PROJECT / "macros" / "invoices" / "list_in_order.sql").read_text("utf-8")
CALL = "{{ list_in_order('struct_pack(said, place, inner_rows)', 'place') }}"


@pytest.mark.parametrize("shuffled", [False, True], ids=["as they are stored", "shuffled"])
def test_a_list_is_in_the_order_of_its_key(shuffled: bool):
    rows = [
        {"one": one, "place": place, "said": f"{9 - place}", "inner_rows": [{"part": place}]}
        for one in range(500)
        for place in range(1, 1 + one % 7)
    ]
    if shuffled:
        random.Random(7).shuffle(rows)
    con = duckdb.connect()
    con.register("given", pa.Table.from_pylist(rows))
    query = Environment(autoescape=False).from_string(MACRO + CALL).render()
    found = con.execute(f"select one, {query} from given group by one").fetchall()
    assert len(found) == 500 - 500 // 7 - 1
    for one, listed in found:
        assert [row["place"] for row in listed] == list(range(1, 1 + one % 7))
        assert all(row["said"] == f"{9 - row['place']}" for row in listed)
        assert all(row["inner_rows"] == [{"part": row["place"]}] for row in listed)
