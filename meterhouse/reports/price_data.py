"""What would price a product for a customer on a day: worked out by the models that bill."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.sql import Parameters
from meterhouse.price_book import PriceBook
from meterhouse.price_book.groups import canonical_group
from meterhouse.reports.errors import PriceNotFound

# In the order in which they read one another.
MODELS = (
    "group_rates",
    "group_overrides",
    "group_commits",
    "segment_prices",
    "effective_rates",
    "effective_tiers",
)
# The asked product as the one that is priced, its day as a segment of a period that is that day.
# The rules for the group do not ask what a product's type is; only usage has other groups.
ASKED = """
    create table priced_groups as
    select
        '{digest}' as price_book, $contract_id as contract_id, $day::date as period_start,
        $day::date + 1 as period_end, false as is_late, $customer_id as customer_id,
        $rate_card_id as rate_card_id, rate_cards.currency, products.product_id,
        products.name as product_name, 'usage' as product_type, products.tags,
        $pricing_group as pricing_group
    from price_book.products
    inner join price_book.rate_cards on rate_cards.rate_card_id = $rate_card_id
    where products.product_id = $product_id;
    create table product_segments as
    select
        * exclude (currency, product_name, product_type, tags, pricing_group, is_late),
        period_start as segment_start, period_end as segment_end, period_end as measured_to,
        pointers.metric, pointers.version as metric_version
    from priced_groups
    asof left join price_book.product_metrics as pointers
        on priced_groups.product_id = pointers.product_id
        and priced_groups.period_start >= pointers.starting_on
"""
RATES = """
    select rates.*, agreeing.rate_id is not null as agrees, agreeing.named_keys,
        rates.starting_on <= $day and $day < coalesce(rates.ending_before, $day + 1) as is_valid
    from price_book.rates
    left join group_rates as agreeing using (rate_id)
    where rates.rate_card_id = $rate_card_id and rates.product_id = $product_id
    order by is_valid desc, agrees desc, agreeing.named_keys desc, rates.starting_on, rates.rate_id
"""
OVERRIDES = """
    select overrides.*, agreeing.override_id is not null as agrees, agreeing.override_rank,
        overrides.starting_on <= $day
            and $day < coalesce(overrides.ending_before, $day + 1) as is_valid
    from price_book.contract_overrides as overrides
    inner join price_book.products on products.product_id = $product_id
    left join group_overrides as agreeing using (override_id)
    where overrides.contract_id = $contract_id
        and (
            overrides.product_id = products.product_id
            or list_contains(products.tags, overrides.tag)
        )
    order by is_valid desc, agrees desc, agreeing.override_rank, overrides.override_id
"""

Row = dict[str, Any]


@dataclass(frozen=True)
class Priced:
    """One contract's answer: `price` is null where no rate row agrees on that day."""

    contract: Row
    product: Row
    day: date
    pricing_group: str
    outcome: Row
    rates: list[Row]
    overrides: list[Row]
    price: Row | None
    tiers: list[Row] = field(default_factory=list)


def find_price(
    book: PriceBook, customer: str, product_id: str, group: str, day: date
) -> list[Priced]:
    """The price under each contract of the customer on that day; `customer` is an id or an alias.

    `group` is a JSON object; keys of the product that it does not name count as null (S-15).
    Raises PriceNotFound if there is no such customer, product, key or contract.
    """
    con = _price_book_schema(book)
    known = """
        select customer_id from price_book.customers where customer_id = $1
        union all
        select customer_id from price_book.customer_aliases
        where alias = $1 and $2 >= coalesce(starting_on, $2)
            and $2 < coalesce(ending_before, $2 + 1)"""
    found = _one(con, known, [customer, day])
    if found is None:
        raise PriceNotFound(
            f"There is no customer or alias {customer} in customers.csv or customer_aliases.csv"
            f" on {day}."
        )
    product = _one(con, "from price_book.products where product_id = $1", [product_id])
    if product is None:
        raise PriceNotFound(f"There is no product {product_id} in products.csv.")
    contracts = _rows(
        con,
        """
        select contracts.*, rate_cards.currency,
            exists (
                select 1 from price_book.rates
                where rates.rate_card_id = contracts.rate_card_id and rates.product_id = $2
            ) as is_sold
        from price_book.contracts inner join price_book.rate_cards using (rate_card_id)
        where contracts.customer_id = $1 and contracts.starting_on <= $3::date
            and $3::date < coalesce(contracts.ending_before, $3::date + 1)
        order by is_sold desc, contracts.contract_id""",
        [found["customer_id"], product_id, day],
    )
    if not contracts:
        raise PriceNotFound(
            f"Customer {found['customer_id']} has no contract on {day}: its events of that day are "
            "outside_contract. Look at starting_on and ending_before in contracts.csv."
        )
    sold = [contract for contract in contracts if contract["is_sold"]]
    pricing_group = _full_group(product, group)
    return [_price(con, book.digest, each, product, pricing_group, day) for each in sold] or [
        Priced(contracts[0], product, day, pricing_group, {}, [], [], None)
    ]


def _price(
    con: duckdb.DuckDBPyConnection,
    digest: str,
    contract: Row,
    product: Row,
    pricing_group: str,
    day: date,
) -> Priced:
    for name in ("priced_groups", "product_segments", *MODELS):
        con.execute(f"drop table if exists {name}")
    asked = {
        "contract_id": contract["contract_id"],
        "customer_id": contract["customer_id"],
        "rate_card_id": contract["rate_card_id"],
        "product_id": product["product_id"],
        "pricing_group": pricing_group,
        "day": day,
    }
    first, second = ASKED.format(digest=digest).split(";")
    con.execute(first, asked)
    con.execute(second)
    for name in MODELS:
        con.execute(f"create table {name} as {model_sql(name)}")
    # One segment was asked for, so there is one answer.
    (outcome,) = _rows(con, "from segment_prices", [])
    of_rate = "where rate_id = $1 and override_id is not distinct from $2"
    keys = [outcome["rate_id"], outcome["override_id"]]
    on_day = {name: asked[name] for name in ("product_id", "day")}
    return Priced(
        contract,
        product,
        day,
        pricing_group,
        outcome,
        rates=_rows(con, RATES, on_day | {"rate_card_id": contract["rate_card_id"]}),
        overrides=_rows(con, OVERRIDES, on_day | {"contract_id": contract["contract_id"]}),
        price=_one(con, f"from effective_rates {of_rate}", keys),
        tiers=_rows(con, f"from effective_tiers {of_rate} order by tier", keys),
    )


def _price_book_schema(book: PriceBook) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("create schema price_book")
    # What thresholds bought (S-58) is in the ledger and has no price.
    con.execute(
        "create table automatic_commits (contract_id varchar, commit_id varchar, "
        "kind varchar, pricing_unit varchar, starting_on date, ending_before date)"
    )
    # Nor has what came back of invoices (S-73): a price does not depend on a balance.
    con.execute(
        "create table gate_stretches (price_book varchar, contract_id varchar, "
        "commit_id varchar, segment integer, serves_from date, serves_before date)"
    )
    for name in book.tables:
        rows = book.arrow(name)
        con.register("rows_of_table", rows)
        con.execute(
            f"create table price_book.{name} as "
            f"select '{book.digest}' as price_book, * from rows_of_table"
        )
    con.execute(f"create view commit_service as {model_sql('commit_service', 'calendar')}")
    return con


def _full_group(product: Row, group: str) -> str:
    keys = sorted(product["pricing_group_keys"])
    try:
        named = json.loads(canonical_group(group or "{}"))
    except ValueError as error:
        raise PriceNotFound(f"--group {group}: {error}. {_group_example(keys)}") from error
    unknown = sorted(named.keys() - set(keys))
    if unknown:
        raise PriceNotFound(
            f"Product {product['product_id']} is not priced by {', '.join(unknown)}. "
            + _group_example(keys)
        )
    full = {key: named.get(key) for key in keys}
    return json.dumps(full, ensure_ascii=False, separators=(",", ":"))


def _group_example(keys: list[str]) -> str:
    if not keys:
        return "It has no pricing_group_keys in products.csv: leave --group out."
    example = json.dumps(dict.fromkeys(keys, "…"), ensure_ascii=False)
    return f"Its pricing_group_keys are {', '.join(keys)}: --group '{example}'."


def _rows(con: duckdb.DuckDBPyConnection, query: str, values: Parameters) -> list[Row]:
    found = con.execute(query, values)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _one(con: duckdb.DuckDBPyConnection, query: str, values: Parameters) -> Row | None:
    return next(iter(_rows(con, query, values)), None)
