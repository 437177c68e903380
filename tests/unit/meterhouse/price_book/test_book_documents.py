"""Rows of sellers.csv, and of billing_accounts.csv what documents need (S-78): what is refused."""

import pytest

from meterhouse.price_book import PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.conftest import LOOKUPS, METRICS, rows, write_csv

SELLERS = rows("""
    seller_id,name,address,postcode,city,country,vat_id,account,bic,logo,number_prefix,starting_on
    lantern,Lantern,Hafenstr.1|Haus4,20457,Hamburg,DE,DE123456789,DE89370400440532013000,COBADEFFXXX,logo.svg,LAN-,2026-01-01
    torch,Torch,,,,US,,021000021/1234567,,,,2026-01-01""")
ACCOUNTS = rows("""
    customer_id,seller_id,country,vat_id,tax_category,tax_rate,einvoice,starting_on
    acme,lantern,DE,DE999999999,S,0.19,facturx,2026-01-01
    beta,lantern,FR,FR12345678901,AE,,ubl,2026-01-01""")


@pytest.fixture
def load(seeds):
    """Loads the book with both tables, cells of a row of one of them changed."""

    def load_with(table="sellers", index=0, **cells):
        tables = {
            "sellers": [dict(row) for row in SELLERS],
            "billing_accounts": [dict(row) for row in ACCOUNTS],
        }
        tables[table][index] |= cells
        for name, changed in tables.items():
            header = {column: "" for row in changed for column in row}
            write_csv(seeds / f"{name}.csv", [header | row for row in changed])
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_with


def test_sellers_and_addresses_load_as_they_are_written(load):
    found = load().cursor().execute(
        "select seller_id, address, account, number_prefix from sellers order by seller_id"
    )  # fmt: skip
    assert found.fetchall() == [
        ("lantern", "Hafenstr.1|Haus4", "DE89370400440532013000", "LAN-"),
        ("torch", None, "021000021/1234567", None),
    ]


def test_a_book_without_sellers_has_the_digest_that_it_had(load, seeds):
    without = load_price_book(seeds, METRICS, LOOKUPS).digest
    assert load().digest != without
    (seeds / "billing_accounts.csv").unlink()
    (seeds / "sellers.csv").write_text(",".join(SELLERS[0]) + "\n")
    assert load_price_book(seeds, METRICS, LOOKUPS).digest == without


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"name": ""}, "name", "required"),
        ({"starting_on": ""}, "starting_on", "required"),
        ({"country": "de"}, "country", "country_code"),
        ({"country": "GER"}, "country", "country_code"),
        ({"account": "DE89370400440532013001"}, "account", "iban"),
        ({"account": "DE98370400440532013000"}, "account", "iban"),
        ({"bic": "COBADEFF1"}, "bic", "bic"),
        ({"logo": "../logo.svg"}, "logo", "logo"),
        ({"logo": "logo.exe"}, "logo", "logo"),
        ({"number_prefix": "LAN 1"}, "number_prefix", "number_prefix"),
        ({"number_prefix": "=LAN"}, "number_prefix", "number_prefix"),
    ],
)
def test_a_wrong_seller_is_told_by_its_place(load, cells, column, rule):
    load()
    with pytest.raises(PriceBookError) as refused:
        load(**cells)
    [problem] = refused.value.problems
    assert (problem.file, problem.row, problem.column, problem.rule) == (
        "sellers.csv", 2, column, rule,
    )  # fmt: skip


@pytest.mark.parametrize("account", ["GB82 WEST 1234 5698 7654 32", "NL91ABNA0417164300", "12345"])
def test_what_is_an_iban_or_looks_like_none_is_taken(load, account):
    load(account=account)


@pytest.mark.parametrize(
    ("index", "cells", "column", "rule"),
    [
        (0, {"country": "Germany"}, "country", "country_code"),
        (0, {"seller_id": ""}, "seller_id", "seller_of_account"),
        (0, {"seller_id": "nobody"}, "seller_id", "unknown_reference"),
        (0, {"skip_zero": "true"}, "provider", "account_without_provider"),
        (0, {"tax_category": "X"}, "tax_category", "choice"),
        (0, {"tax_rate": "19"}, "tax_rate", "tax_rate"),
        (0, {"tax_rate": "0.12345"}, "tax_rate", "tax_rate"),
        (0, {"tax_rate": "0"}, "tax_rate", "tax_rate"),
        (0, {"tax_rate": ""}, "tax_rate", "tax_rate"),
        (1, {"tax_rate": "0.19"}, "tax_rate", "tax_rate"),
        (1, {"tax_category": "", "tax_rate": "0.19", "einvoice": ""}, "tax_rate", "tax_rate"),
        (1, {"vat_id": "", "einvoice": "none"}, "vat_id", "vat_id_of_customer"),
        (0, {"country": ""}, "einvoice", "einvoice_incomplete"),
        (0, {"tax_category": "", "tax_rate": ""}, "einvoice", "einvoice_incomplete"),
        (0, {"seller_id": "torch"}, "einvoice", "einvoice_incomplete"),
        (0, {"vat_id": "999999999"}, "einvoice", "einvoice_vat_id"),
        (0, {"einvoice": "xrechnung"}, "einvoice", "choice"),
    ],
)
def test_a_wrong_account_is_told_by_its_place(load, index, cells, column, rule):
    load()
    with pytest.raises(PriceBookError) as refused:
        load("billing_accounts", index, **cells)
    [problem] = refused.value.problems
    assert (problem.file, problem.row, problem.column, problem.rule) == (
        "billing_accounts.csv", index + 2, column, rule,
    )  # fmt: skip


def test_an_e_invoice_without_any_seller_is_told(load, seeds):
    load()
    (seeds / "sellers.csv").unlink()
    write_csv(seeds / "billing_accounts.csv", [row | {"seller_id": ""} for row in ACCOUNTS])
    with pytest.raises(PriceBookError, match=r"without a row in sellers\.csv"):
        load_price_book(seeds, METRICS, LOOKUPS)


def test_what_is_outside_of_the_tax_needs_no_vat_id(load):
    load("billing_accounts", 0, seller_id="torch", tax_category="O", tax_rate="")
