"""Packages: terms relative to a contract's start, expanded when the book is read.

Guards against a contract that silently loses what it states itself, against dates that drift at a
month's end (S-3), and against messages that point at rows nobody has written (S-46).
"""

from datetime import date
from decimal import Decimal

import pytest

from meterhouse.price_book import PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.conftest import BOOK, LOOKUPS, METRICS, rows, write_csv

PACKAGES = {
    "packages": rows("""
        package_id,name,rate_card_id,billing_frequency,billing_anchor,net_payment_days,duration_months
        start,Starter,list,monthly,contract_start,14,12"""),
    "package_subscriptions": rows("""
        package_id,subscription,product_id,starting_after_months,starting_after_days,ending_after_months,quantity,collection,prorated,refund_unused
        start,seats,seat,,,,5,advance,true,true
        start,later,seat,1,3,6,2,arrears,true,
        start,never,seat,12,,,1,arrears,true,"""),
    "package_charges": rows("""
        package_id,charge,product_id,charge_after_months,charge_after_days,quantity,unit_price
        start,setup,fee,,10,1,99.5"""),
    "package_commits": rows("""
        package_id,commit,product_id,name,type,priority
        start,welcome,fee,Welcome,prepaid,"""),
    "package_commit_applies_to": rows("""
        package_id,commit,product_id,tag,pricing_group
        start,welcome,tokens,,'{"model":"a"}'"""),
    "package_commit_access": rows("""
        package_id,commit,segment,amount,starting_after_months,ending_after_months
        start,welcome,1,50,,3
        start,welcome,2,25,3,6"""),
    "package_commit_invoices": rows("""
        package_id,commit,invoice_after_months,invoice_after_days,amount
        start,welcome,1,,10"""),
}
CONTRACT = {
    "contract_id": "c3", "customer_id": "gamma", "starting_on": "2026-01-31", "package_id": "start",
}  # fmt: skip


@pytest.fixture
def load(seeds):
    """Loads the book with the packages and one more contract; tables may be given anew."""

    def load_with(contract=None, **tables):
        book = {**BOOK, **PACKAGES, **tables}
        book["customers"] = [*BOOK["customers"], {"customer_id": "gamma", "name": "Gamma"}]
        blank = dict.fromkeys([*BOOK["contracts"][0], "package_id"], "")
        book["contracts"] = [
            {**blank, **row} for row in [*BOOK["contracts"], {**CONTRACT, **(contract or {})}]
        ]
        for name, table in book.items():
            write_csv(seeds / f"{name}.csv", table)
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_with


def of_contract(book, table, key="contract_id"):
    return [row for row in book.arrow(table).to_pylist() if row[key].startswith("c3")]


def test_a_contract_takes_what_it_does_not_state(load):
    [contract] = of_contract(load(), "contracts")
    assert contract == {
        "contract_id": "c3", "customer_id": "gamma", "rate_card_id": "list",
        "starting_on": date(2026, 1, 31), "ending_before": date(2027, 1, 31),
        "billing_frequency": "monthly", "billing_anchor": "contract_start",
        "net_payment_days": 14, "late_usage": "next_invoice", "zero_invoices": None,
    }  # fmt: skip
    stated = {"net_payment_days": "60", "rate_card_id": "other", "billing_frequency": "annual"}
    with pytest.raises(PriceBookError, match="no flat, entitled rate"):
        load(stated)  # the other card does not sell seats: what the contract states wins
    [contract] = of_contract(load({"net_payment_days": "60"}), "contracts")
    assert contract["net_payment_days"] == 60


def test_times_count_from_the_start_clamped_to_the_month(load):
    book = load()
    found = {row["subscription_id"]: row for row in of_contract(book, "subscriptions")}
    assert found.keys() == {"c3.seats", "c3.later"}, "a term after the contract's end is none"
    assert found["c3.seats"]["starting_on"] == date(2026, 1, 31)
    assert found["c3.seats"]["ending_before"] is None
    # 31 January and a month is 28 February, and three days on.
    assert found["c3.later"]["starting_on"] == date(2026, 3, 3)
    assert found["c3.later"]["ending_before"] == date(2026, 7, 31)
    [charge] = of_contract(book, "scheduled_charges")
    assert (charge["charge_id"], charge["charge_on"]) == ("c3.setup", date(2026, 2, 10))
    segments = of_contract(book, "commit_access", "commit_id")
    assert [(row["starting_on"], row["ending_before"], row["amount"]) for row in segments] == [
        (date(2026, 1, 31), date(2026, 4, 30), Decimal(50)),
        (date(2026, 4, 30), date(2026, 7, 31), Decimal(25)),
    ]
    [invoice] = of_contract(book, "commit_invoices", "commit_id")
    assert invoice["invoice_on"] == date(2026, 2, 28)
    [commit] = of_contract(book, "commits")
    assert (commit["commit_id"], commit["pricing_unit"]) == ("c3.welcome", "USD")
    assert len(of_contract(book, "commit_applies_to", "commit_id")) == 1


def test_a_row_with_the_id_of_a_term_replaces_it_whole(load):
    own = {**BOOK["subscriptions"][0], "subscription_id": "c3.seats", "contract_id": "c3"}
    commit = {**BOOK["commits"][2], "commit_id": "c3.welcome", "contract_id": "c3"}
    access = {**BOOK["commit_access"][3], "commit_id": "c3.welcome"}
    book = load(
        subscriptions=[*BOOK["subscriptions"], own],
        commits=[*BOOK["commits"], commit],
        commit_access=[*BOOK["commit_access"], access],
    )
    found = {row["subscription_id"]: row for row in of_contract(book, "subscriptions")}
    assert found["c3.seats"]["quantity"] == 3
    assert found.keys() == {"c3.seats", "c3.later"}
    [segment] = of_contract(book, "commit_access", "commit_id")
    assert segment["amount"] == 10
    assert not of_contract(book, "commit_invoices", "commit_id")


def test_later_quantities_name_the_term(load):
    change = {"subscription_id": "c3.seats", "effective_on": "2026-03-01", "quantity": "8"}
    load(subscription_quantities=[*BOOK["subscription_quantities"], change])


def test_a_book_says_the_same_written_out(load, seeds):
    """The digest is that of the contracts, whichever way they are written (S-47)."""
    book = load()
    for name in PACKAGES:
        (seeds / f"{name}.csv").unlink()
    for name in book.tables:
        columns = book.tables[name]
        table = [
            {column: written(row[column]) for column in columns}
            for row in book.arrow(name).to_pylist()
        ]
        if table:
            write_csv(seeds / f"{name}.csv", table)
    assert load_price_book(seeds, METRICS, LOOKUPS).digest == book.digest


def written(value):
    """A typed value as a cell."""
    if isinstance(value, list):
        return "|".join(value)
    if isinstance(value, Decimal):
        return format(value, "f").rstrip("0").rstrip(".") if value % 1 else str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@pytest.mark.parametrize(
    ("contract", "tables", "place"),
    [
        ({"package_id": "none"}, {}, ("contracts.csv", 4, "package_id", "unknown_reference")),
        ({"package_id": ""}, {}, ("contracts.csv", 4, "rate_card_id", "required")),
        (
            {},
            {"package_commit_access": [{**PACKAGES["package_commit_access"][0], "commit": "x"}]},
            ("package_commit_access.csv", 2, "commit", "unknown_reference"),
        ),
        (
            {},
            {"package_charges": [{**PACKAGES["package_charges"][0], "charge_after_days": "-1"}]},
            ("package_charges.csv", 2, "charge_after_days", "bound"),
        ),
        (
            {},
            {"package_subscriptions": [
                {**PACKAGES["package_subscriptions"][0], "product_id": "fee"},
            ]},
            ("package_subscriptions.csv", 2, None, "subscription_of_other_type"),
        ),
        (
            {},
            {"recurring_grants": [{"commit_id": "c3.welcome", "frequency": "monthly",
                                   "starting_on": "2026-01-31", "amount": "5"}]},
            ("recurring_grants.csv", 2, "commit_id", "recurring_and_package"),
        ),
        (
            {},
            {"package_commit_access": [{**PACKAGES["package_commit_access"][0],
                                        "package_id": "other"}]},
            ("package_commits.csv", 2, None, "commit_without_access"),
        ),
    ],
)  # fmt: skip
def test_a_problem_is_said_of_the_row_that_somebody_wrote(load, contract, tables, place):
    with pytest.raises(PriceBookError) as raised:
        load(contract, **tables)
    found = [(each.file, each.row, each.column, each.rule) for each in raised.value.problems]
    assert place in found
    assert all(each.row is None or each.row > 0 for each in raised.value.problems)
    assert "row -" not in str(raised.value)
    if place[3] == "recurring_and_package":
        assert found == [place]
