"""Cells: what is cast, what is refused, and what an empty cell means (S-2).

Guards against guessed types, silent rounding, and defaults that readers would have to know.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from meterhouse.price_book.groups import canonical_group

# (table, column) → the cells that are refused, by rule
REFUSED = {
    ("contracts", "starting_on"): {
        "date": ("2026-1-01", "01/02/2026", "2026-02-30", "2026-01-01T00:00:00Z", "infinity"),
        "required": ("",),
        "year_before_2000": ("1999-12-31", "0206-01-01", "0001-01-01"),
    },
    ("contracts", "contract_id"): {
        "too_long": ("c" * 129,),
        "blank_at_end": ("c9 ", " c9", "c9\u00a0", "\t", " "),
        "invisible_character": ("c\u200b9", "c\u00a09", "c\u202e9", "c\ufeff9", "c\t9", "\u20669"),
    },
    ("contracts", "net_payment_days"): {"bound": ("3651", "2147483647")},
    ("customer_aliases", "alias"): {"too_long": ("a" * 129,), "blank": (" ", "\u00a0 \t")},
    ("rates", "price"): {
        "number": ("1,50", "1e3", "1.", ".5", "+1", "$1", " 1", "NaN", "1_000"),
        "too_many_decimals": ("0.12345678901",),
        "out_of_range": ("12345678901",),
        "bound": ("-0.01",),
    },
    ("commit_access", "amount"): {"too_many_decimals": ("0.12345",)},
    ("rate_tiers", "tier"): {"number": ("1.0", "one"), "out_of_range": ("2147483648",)},
    ("rates", "entitled"): {"boolean": ("yes", "1", "t")},
    ("contracts", "billing_frequency"): {"choice": ("Monthly", "biweekly")},
    ("products", "tags"): {"list": ("a||b", "|a", "a|", "a|a")},
    ("rates", "pricing_group"): {
        "group": (
            "model=a", '{"model":}', '["model"]', '{"model":null}', '{"model":"a","model":"b"}',
            '{"model":NaN}', '{"model":"\\ud800"}', '{"model":"\\u0000"}', '{"model":1e999}',
        ),
    },
}  # fmt: skip

LAST_ROWS = {
    "customer_aliases": 2,
    "contracts": 3,
    "rates": 8,
    "commit_access": 5,
    "rate_tiers": 5,
    "products": 6,
}


@pytest.mark.parametrize("place", REFUSED, ids=".".join)
def test_a_cell_that_cannot_be_cast_is_one_problem(find: Callable, place: tuple) -> None:
    """A column's refused cells stand in as many further rows, each with a key of its own."""
    table, column = place
    keys = {"contracts": "contract_id", "products": "product_id", "rates": "rate_id"}
    key = (keys | {"customer_aliases": "alias"}).get(table)
    refused = [(rule, cell) for rule, cells in REFUSED[place].items() for cell in cells]
    edits, expected = [], []
    for number, (rule, cell) in enumerate(refused):
        row = LAST_ROWS[table] + number + 1
        cells = {key: f"more{number}"} if key else {"tier": str(3 + number)}
        if table == "commit_access":
            cells = {"commit_id": "k3", "segment": str(2 + number)}
        if table == "contracts":
            # after the contract before it, so that no two of them sell a product on one day
            cells |= {
                "starting_on": f"{2100 + number}-01-01",
                "ending_before": f"{2100 + number}-02-01",
            }
        edits.append((table, None, {**cells, column: cell}))
        expected.append((f"{table}.csv", row, column, rule))
    assert sorted(find(*edits)) == sorted(expected)


def test_ids_may_be_of_any_script_and_128_characters(load: Callable) -> None:
    names = ("é日本 c", "c" * 128, "日" * 128, "a-b_c.d/e@f:g 1")
    # a sender's blank is mended by an alias that has it too
    edits = [("customer_aliases", 0, {"alias": "acme "})]
    load(*edits, *(("scheduled_charges", None, {"charge_id": name}) for name in names))


def test_what_a_cell_may_look_like(load: Callable) -> None:
    book = load(
        ("rates", 0, {"price": "0001.50000000000000", "entitled": "False"}),
        ("rates", 5, {"pricing_group": ' {"region": "eu", "model": 1.50} '}),
        ("customers", 0, {"name": 'Acme, "Inc"\r\n日本 ', "customer_id": "acme"}),
        ("products", 0, {"tags": "z|ai|a b"}),
    )
    rates = {rate["rate_id"]: rate for rate in book.arrow("rates").to_pylist()}
    assert rates["r1"]["price"] == Decimal("1.5")
    assert rates["r1"]["entitled"] is False
    assert rates["r6"]["pricing_group"] == '{"model":"1.5","region":"eu"}'
    assert book.arrow("customers").to_pylist()[0]["name"] == 'Acme, "Inc"\r\n日本 '
    products = {row["product_id"]: row for row in book.arrow("products").to_pylist()}
    assert products["tokens"]["tags"] == ["a b", "ai", "z"]
    assert products["tokens"]["pricing_group_keys"] == ["model", "region"]


def test_defaults_are_resolved(load: Callable) -> None:
    book = load()
    tables = {name: book.arrow(name).to_pylist() for name in book.tables}
    rates = {rate["rate_id"]: rate for rate in tables["rates"]}
    assert rates["r1"]["pricing_unit"] == "USD"
    assert rates["r1"]["entitled"] is True
    assert rates["r2"]["pricing_group"] == "{}"
    assert rates["r6"]["pricing_unit"] == "CR"
    assert tables["rate_tiers"][0]["flat_fee"] == 0
    assert [row["net_payment_days"] for row in tables["contracts"]] == [30, 14]
    assert [row["late_usage"] for row in tables["contracts"]] == ["next_invoice", "report"]
    overrides = tables["contract_overrides"]
    assert [row["rate_type"] for row in overrides] == ["flat", None, None, "volume"]
    assert [row["priority"] for row in overrides] == [0, 5, 0, 0]
    commits = {row["commit_id"]: row for row in tables["commits"]}
    assert commits["k1"]["rate_type"] == "commit"
    assert (commits["k2"]["rate_type"], commits["k2"]["pricing_unit"]) == ("list", "USD")
    assert (commits["k1"]["priority"], commits["k2"]["priority"]) == (100, 1)
    assert commits["k3"]["pricing_unit"] == "CR"
    assert tables["products"][0]["tags"] == ["ai", "api"]
    assert tables["products"][1]["tags"] == []
    assert tables["contracts"][0]["starting_on"] == date(2026, 1, 1)


def test_types_are_those_of_the_house(load: Callable) -> None:
    book = load()
    types = {
        "list" if pa.types.is_list(field.type) else str(field.type)
        for name in book.tables
        for field in book.arrow(name).schema
    }
    assert types == {
        "string", "date32[day]", "bool", "int32", "list",
        "decimal128(20, 10)", "decimal128(28, 10)", "decimal128(20, 4)",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("{}", "{}"),
        ('{"b":"x","a":"y"}', '{"a":"y","b":"x"}'),
        ('{"a":1.0,"b":-0.0,"c":1e3,"d":true}', '{"a":"1","b":"0","c":"1000","d":"true"}'),
        ('{"a":[1, {"y":2.50,"x":null}]}', '{"a":"[1,{\\"x\\":null,\\"y\\":2.5}]"}'),
        ('{"a":"\\u00e9\\u65e5"}', '{"a":"é日"}'),
        ('{"a":""}', '{"a":""}'),
        ('{"a":12345678901234567890}', '{"a":"12345678901234567890"}'),
    ],
)
def test_groups_are_canonical_text(written: str, canonical: str) -> None:
    assert canonical_group(written) == canonical
