"""A small valid price book with every table in it, ways to break it at one place, and a ledger."""

import csv
import io
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path

import duckdb
import pytest

from meterhouse.metrics.registry import GroupKeys
from meterhouse.price_book import PriceBook, PriceBookError, load_price_book
from tests.unit.meterhouse.price_book.final_invoices import apply, empty_ledger, invoice, line

METRICS = {
    ("llm_tokens", 1): ("model", "region", "user_id"),
    ("llm_tokens", 2): ("model",),
    ("api_calls", 1): ("region",),
}
# A share of calls: what it is of two regions is not their sum (S-11).
SHARE = GroupKeys(("region",))
SHARE.adds_up = False
METRICS["error_share", 1] = SHARE
# Begins a period with what was there before (S-56).
METRICS["llm_tokens", 4] = GroupKeys(("model", "region", "user_id"))
METRICS["llm_tokens", 4].carries = True
LOOKUPS = {"model_weights": {"model": "varchar", "weight": "decimal(20, 10)"}}

Book = dict[str, list[dict[str, str]]]
# (table, index of a row or None for a further one, its changed cells)
Edit = tuple[str, int | None, dict[str, str]]
# (file, row, column, rule)
Found = tuple[str, int | None, str | None, str]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.strip().replace(" ", "")), quotechar="'"))


BOOK: Book = {
    "customers": rows("""
        customer_id,name
        acme,Acme
        beta,Beta"""),
    "customer_aliases": rows("""
        alias,customer_id,starting_on,ending_before
        ops@acme.test,acme,,"""),
    "pricing_units": rows("""
        pricing_unit,name,decimals,kind
        USD,Dollar,2,currency
        EUR,Euro,2,currency
        CR,Credits,2,custom"""),
    "products": rows("""
        product_id,name,type,tags,pricing_group_keys,presentation_group_keys,conversion_operation,conversion_factor,rounding_method,rounding_decimals
        tokens,Tokens,usage,ai,model|region,user_id,divide,1000,up,0
        calls,Calls,usage,api|ai,,,,,,
        seat,Seats,subscription,,,,,,,
        fee,Fee,fixed,,,,,,,
        support,Support,composite,,,,,,,"""),
    "product_metrics": rows("""
        product_id,metric,version,starting_on
        tokens,llm_tokens,1,2025-01-01
        calls,api_calls,1,2025-01-01"""),
    "composite_products": rows("""
        product_id,applies_to_product_id,applies_to_tag
        support,,ai"""),
    "rate_cards": rows("""
        rate_card_id,name,currency
        list,List,USD
        other,Other,USD"""),
    "rates": rows("""
        rate_id,rate_card_id,product_id,pricing_group,starting_on,ending_before,entitled,rate_type,price,package_size,minimum_amount,maximum_amount,commit_price,pricing_unit
        r1,list,tokens,'{"model":"a"}',2025-01-01,,,flat,1.5,,,,1,
        r2,list,tokens,,2025-01-01,,,tiered,,,,,,
        r3,list,calls,,2025-01-01,,false,package,5,100,,,,
        r4,list,seat,,2025-01-01,,,flat,25,,,,,
        r5,list,support,,2025-01-01,,,percentage,0.1,,1,9,,
        r6,list,tokens,'{"region":"eu","model":"b"}',2025-01-01,,,flat,2,,,,,CR
        r7,other,calls,,2025-01-01,,,flat,3,,,,,"""),
    "rate_tiers": rows("""
        rate_id,tier,up_to,price,flat_fee
        r2,1,10,1,
        r2,2,100,0.5,7
        r2,3,,0.25,
        o4,1,,3,"""),
    "pricing_unit_conversions": rows("""
        rate_card_id,pricing_unit,starting_on,price
        list,CR,2025-01-01,0.01"""),
    "contracts": rows("""
        contract_id,customer_id,rate_card_id,starting_on,ending_before,billing_frequency,billing_anchor,net_payment_days,late_usage
        c1,acme,list,2026-01-01,,monthly,first_of_month,,
        c2,beta,other,2026-01-15,2027-01-15,quarterly,contract_start,14,report"""),
    "contract_overrides": rows("""
        override_id,contract_id,product_id,tag,pricing_group,starting_on,ending_before,override_type,rate_type,price,package_size,multiplier,entitled,priority
        o1,c1,calls,,,2026-01-01,,overwrite,,4,,,,
        o2,c1,,ai,,2026-01-01,2026-03-01,multiplier,,,,0.9,,5
        o3,c1,calls,,,2026-01-01,,entitlement,,,,,TRUE,
        o4,c1,tokens,,'{"model":"a"}',2026-01-01,,overwrite,volume,,,,,"""),
    "period_limits": rows("""
        limit_id,contract_id,product_id,applies_to_product_id,applies_to_tag,minimum_amount,maximum_amount,prorated,starting_on,ending_before
        l1,c1,fee,,,100,5000,,2026-01-01,
        l2,c1,fee,calls,,,400,false,2026-01-01,2026-07-01
        l3,c1,fee,,ai,20,,,2026-01-01,"""),
    "subscriptions": rows("""
        subscription_id,contract_id,product_id,starting_on,ending_before,quantity,collection,prorated
        s1,c1,seat,2025-06-01,,3,advance,true"""),
    "subscription_quantities": rows("""
        subscription_id,effective_on,quantity
        s1,2026-02-01,5"""),
    "scheduled_charges": rows("""
        charge_id,contract_id,product_id,charge_on,quantity,unit_price
        x1,c1,fee,2026-01-05,1,100"""),
    "commits": rows("""
        commit_id,contract_id,product_id,name,type,priority,pricing_unit,rate_type,payment_gated
        k1,c1,fee,Prepaid,prepaid,,,commit,
        k2,c1,fee,Postpaid,postpaid,1,,,
        k3,c1,fee,Credits,credit,,CR,,"""),
    "commit_applies_to": rows("""
        commit_id,product_id,tag,pricing_group
        k1,tokens,,'{"model":"a"}'
        k1,,api,"""),
    "commit_access": rows("""
        commit_id,segment,amount,starting_on,ending_before
        k1,1,50,2026-01-01,2026-07-01
        k1,2,50,2026-07-01,2027-01-01
        k2,1,400,2026-01-01,2027-01-01
        k3,1,10,2026-01-01,2027-01-01"""),
    "commit_invoices": rows("""
        commit_id,invoice_on,amount
        k1,2026-01-01,90"""),
    "model_weights": rows("""
        model,weight
        a,1.25"""),
}


# Tables that nothing refers to: a test that leaves them alone loads faster without them.
_OPTIONAL = (
    {"customer_aliases"},
    {"model_weights"},
    {"scheduled_charges"},
    {"period_limits"},
    {"subscriptions", "subscription_quantities"},
    {"commits", "commit_applies_to", "commit_access", "commit_invoices"},
)


def write_csv(path: Path, table: list[dict[str, str]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)


def edited(edits: tuple[Edit, ...]) -> Book:
    """The book with some cells changed; a further row begins as a copy of the table's last."""
    book = deepcopy(BOOK)
    for table, index, cells in edits:
        if index is None:
            book[table].append({**book[table][-1], **cells})
        else:
            book[table][index].update(cells)
    return book


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """The book as CSV files, for tests that change a file as bytes."""
    directory = tmp_path / "seeds"
    directory.mkdir()
    for table, content in BOOK.items():
        write_csv(directory / f"{table}.csv", content)
    return directory


@pytest.fixture
def load(seeds: Path) -> Callable[..., PriceBook]:
    """Loads the book as it stands in `seeds`, with cells edited."""

    def load_edited(*edits: Edit) -> PriceBook:
        book = edited(edits)
        for table in {table for table, _, _ in edits}:
            write_csv(seeds / f"{table}.csv", book[table])
        return load_price_book(seeds, METRICS, LOOKUPS)

    return load_edited


@pytest.fixture
def find(load: Callable[..., PriceBook], seeds: Path) -> Callable[..., list[Found]]:
    """The places and rules of the problems that the edited book has."""

    def find_problems(*edits: Edit) -> list[Found]:
        touched = {table for table, _, _ in edits}
        for tables in _OPTIONAL:
            if not touched & tables:
                for table in tables:
                    (seeds / f"{table}.csv").unlink()
        try:
            load(*edits)
        except PriceBookError as error:
            found = error.problems
            assert all(problem.message and problem.next_step for problem in found)
            return [(problem.file, problem.row, problem.column, problem.rule) for problem in found]
        return []

    return find_problems


@pytest.fixture
def ledger() -> duckdb.DuckDBPyConnection:
    """January of c1 and the first quarter of c2 are final; 40 were taken from k1's first segment,
    of which 10 went back, and 120 are trued up of k2, of which late lines drew 25."""
    con = empty_ledger()
    invoice(con, "c1", date(2026, 1, 1), date(2026, 2, 1))
    invoice(con, "c2", date(2026, 1, 15), date(2026, 4, 15))
    invoice(con, "c1", date(2026, 2, 1), date(2026, 2, 14), "void", "EUR")
    apply(con, "c1.2026-01-01", "40")
    apply(con, "c1.2026-02-01", "999")
    line(con, "c1.2026-01-01", "true_up", commit_id="k2", amount=120)
    line(con, "c2.2026-01-15", "commit_applied", commit_id="k1", segment=1, amount=10)
    line(con, "c2.2026-01-15", "commit_applied", commit_id="k2", segment=1, amount=-25)
    return con
