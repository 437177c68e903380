"""Contracts with minimums and caps, their final invoices, and the next one of each (S-57)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
MODELS = ("limits_in_force", "limited_products", "limited_lines", "cap_passes", "limit_lines")
# Products in the order of S-40, the dearest first; the tag is of the last two.
PRICES = {"gpu": 3, "calls": 2, "bytes": 1}
TAGS = {"gpu": [], "calls": ["api"], "bytes": ["api"]}
SCOPES = {"calls": ["calls"], "api": ["calls", "bytes"], "all": list(PRICES)}
GIVEN = """
    create schema inputs; create schema price_book; create schema ledger;
    create table inputs.run as
    select timestamptz '2026-02-20 06:00:00Z' as as_of, 'now' as price_book;
    create table rated_periods (
        price_book varchar, contract_id varchar, rate_card_id varchar, currency varchar,
        period_start date, period_end date, is_late boolean, corrects_invoice_id varchar
    );
    create table billing_periods (
        contract_id varchar, period_start date, full_period_start date, full_period_end date
    );
    create table sold_products (
        price_book varchar, rate_card_id varchar, product_id varchar, tags varchar[]
    );
    create table outstanding_charges (
        contract_id varchar, period_start date, product_id varchar, product_name varchar,
        pricing_group varchar, tier integer, service_start date, service_end date,
        unit_price decimal(20, 10), pricing_unit varchar, base_amount decimal(20, 4),
        is_late boolean
    );
    create table changed_groups (
        contract_id varchar, period_start date, product_id varchar, pricing_group varchar
    );
    create table charge_differences (
        contract_id varchar, period_start date, product_id varchar, pricing_group varchar,
        service_start date, tier_key integer, unit_price decimal(20, 10),
        commit_price decimal(20, 10)
    );
    create table late_carriers (contract_id varchar, carried_on date);
    create table subscription_lines (
        contract_id varchar, period_start date, line_type varchar, product_id varchar,
        product_name varchar, service_start date, service_end date, unit_price decimal(20, 10),
        pricing_unit varchar, amount decimal(20, 4), subscription_id varchar, is_scheduled boolean
    );
    create table composite_lines as
    select * exclude (period_start, is_scheduled, subscription_id) from subscription_lines
"""
Amounts = dict[str, Decimal]
Rows = dict[str, list[dict[str, object]]]


@dataclass
class Contract:
    """A contract, its limits `(kind, scope) → amount`, and what its invoices have of January.

    `usage` is what January comes to as it is known now; an invoice is its lines, product or
    `(kind, scope)` → amount.
    """

    name: str
    limits: dict[tuple[str, str], Decimal]
    usage: Amounts
    days: int = 31
    invoices: list[tuple[str, dict]] = field(default_factory=list)
    void: set[str] = field(default_factory=set)

    @property
    def is_final(self) -> bool:
        """Whether January has a final invoice that is not void."""
        return any(kind == "usage" for kind, _ in self._standing())

    def billed(self, line: object) -> Decimal:
        """What invoices that are not void have of a line."""
        return sum((lines.get(line, Decimal(0)) for _, lines in self._standing()), Decimal(0))

    def _standing(self) -> list[tuple[str, dict]]:
        return [
            invoice
            for number, invoice in enumerate(self.invoices)
            if f"{self.name}.{number}" not in self.void
        ]

    def owner(self) -> str:
        """The January invoice that late lines correct: the last one."""
        numbers = [number for number, (kind, _) in enumerate(self.invoices) if kind == "usage"]
        return f"{self.name}.{numbers[-1]}"


def expected(contract: Contract) -> dict[tuple[str, str], Decimal]:
    """What each limit comes to if all usage had been known in time, by hand."""
    left, found = dict(contract.usage), {}
    prorated = {
        limit: (amount * contract.days / 31).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        for limit, amount in contract.limits.items()
    }
    for scope, counted in SCOPES.items():
        if ("cap", scope) in prorated:
            over = max(sum(left[each] for each in counted) - prorated["cap", scope], Decimal(0))
            found["cap", scope] = -over
            for product in reversed(counted):
                taken = min(left[product], over)
                left[product] -= taken
                over -= taken
    for scope, counted in SCOPES.items():
        if ("minimum", scope) in prorated:
            has = sum(left[each] for each in counted)
            if scope == "all":
                has += sum(found.get(("minimum", each), Decimal(0)) for each in ("calls", "api"))
            found["minimum", scope] = max(prorated["minimum", scope] - has, Decimal(0))
    return found


def bill(contracts: list[Contract]) -> None:
    """The next invoice of each contract: January's own if it has none that stands, else late lines.

    Its limit lines are the models'.
    """
    rows: Rows = defaultdict(list)
    for contract in contracts:
        _write(rows, contract)
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(GIVEN)
    for name, fields in WAREHOUSE_TABLES.items():
        con.execute(f"create table ledger.{name} ({column_definitions(fields)})")
    for name in ("period_limits", "products", "pricing_units"):
        columns = [f"{each.name} {find_kind(each.kind).sql_type}" for each in TABLES[name].columns]
        con.execute(f"create table price_book.{name} (price_book varchar, {', '.join(columns)})")
    for table, listed in rows.items():
        names = dict.fromkeys(name for row in listed for name in row)
        con.register("records", pa.table({n: [row.get(n) for row in listed] for n in names}))
        con.execute(f"insert into {table} by name from records")
    for name in MODELS:
        con.execute(f"create table {name} as {model_sql(name)}")
    lines = con.execute(
        "select contract_id, line_type, source_id, amount, quantity * unit_price,"
        " corrects_invoice_id, period_start, service_start from limit_lines"
    ).fetchall()
    found: dict[str, dict] = defaultdict(dict)
    for name, kind, limit, amount, product, corrects, carried_on, start in lines:
        assert amount == product and amount != 0
        assert start == _start(next(each for each in contracts if each.name == name))
        assert (corrects is None) == (carried_on < FEBRUARY)
        found[name][kind, limit.split(".")[1]] = amount
    for contract in contracts:
        new = {product: _new(contract, product) for product in PRICES}
        kind = "late_usage" if contract.is_final else "usage"
        contract.invoices.append((kind, {**new, **found[contract.name]}))


def _new(contract: Contract, product: str) -> Decimal:
    return contract.usage[product] - contract.billed(product)


def _start(contract: Contract) -> date:
    return date(2026, 1, 32 - contract.days)


def _write(rows: Rows, contract: Contract) -> None:
    name, start, is_late = contract.name, _start(contract), contract.is_final
    period = {"contract_id": name, "period_start": start}
    book = {"price_book": "now"}
    rows["rated_periods"].append({
        **period, **book, "rate_card_id": name, "currency": "USD", "period_end": FEBRUARY,
        "is_late": is_late, "corrects_invoice_id": contract.owner() if is_late else None,
    })  # fmt: skip
    rows["billing_periods"].append(
        {**period, "full_period_start": JANUARY, "full_period_end": FEBRUARY}
    )
    rows["late_carriers"].append({"contract_id": name, "carried_on": FEBRUARY})
    if not rows["price_book.products"]:
        rows["price_book.products"].append({**book, "product_id": "fee", "name": "Fee"})
        rows["price_book.pricing_units"].append({**book, "pricing_unit": "USD", "decimals": 2})
    for (kind, scope), amount in contract.limits.items():
        rows["price_book.period_limits"].append({
            **book, "limit_id": f"{name}.{scope}.{kind}", "contract_id": name, "product_id": "fee",
            "applies_to_product_id": scope if scope in PRICES else None,
            "applies_to_tag": "api" if scope == "api" else None, "starting_on": JANUARY,
            "maximum_amount" if kind == "cap" else "minimum_amount": amount, "prorated": True,
        })  # fmt: skip
    for product, price in PRICES.items():
        sold = {"product_id": product, "rate_card_id": name, "tags": TAGS[product]}
        rows["sold_products"].append({**book, **sold})
        place = {**period, "product_id": product, "pricing_group": "{}"}
        if _new(contract, product):
            rows["outstanding_charges"].append({
                **place, "product_name": product, "service_start": start, "service_end": FEBRUARY,
                "unit_price": price, "pricing_unit": "USD", "is_late": is_late,
                "base_amount": _new(contract, product),
            })  # fmt: skip
            if is_late:
                rows["changed_groups"].append(place)
    for number, (kind, lines) in enumerate(contract.invoices):
        invoice = f"{name}.{number}"
        rows["ledger.invoices"].append({
            "invoice_id": invoice, "invoice_type": kind, "contract_id": name, "sequence": number,
            "status": "void" if invoice in contract.void else "finalized",
            "period_start": start if kind == "usage" else None,
        })  # fmt: skip
        before = [
            n for n, (earlier, _) in enumerate(contract.invoices[:number]) if earlier == "usage"
        ]
        for place, (line, amount) in enumerate(lines.items(), 1):
            is_limit = isinstance(line, tuple)
            rows["ledger.invoice_lines"].append({
                "invoice_id": invoice, "line_number": place, "amount": amount,
                "line_type": line[0] if is_limit else kind, "quantity": 1,
                "product_id": "fee" if is_limit else line, "pricing_group": "{}",
                "source_id": f"{name}.{line[1]}.{line[0]}" if is_limit else None,
                "service_start": start, "service_end": FEBRUARY, "pricing_unit": "USD",
                "unit_price": None if is_limit else PRICES[line],
                "corrects_invoice_id": None if kind == "usage" else f"{name}.{before[-1]}",
            })  # fmt: skip
