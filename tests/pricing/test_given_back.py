"""Unused days of subscriptions in advance, given back once and no more (S-35a, S-44, S-50).

Guards against days that are given back twice, in another sum because an end was moved in steps, or
before the end is there.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pyarrow as pa

from meterhouse.common.model_sql import model_sql
from meterhouse.ledger.columns import column_definitions
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.price_book.kinds import find_kind
from meterhouse.price_book.schema import TABLES

GIVEN = """
    create schema inputs; create schema price_book; create schema ledger;
    create table contracts_on_hold (contract_id varchar);
    create table inputs.run as
    select timestamptz '2026-02-20 06:00:00Z' as as_of, 'now' as price_book
"""
MODELS = {
    "billed_contracts": "calendar",
    "active_contracts": "calendar",
    "invoiced_subscriptions": "rating",
    "subscription_refunds": "rating",
}
START, END = date(2026, 2, 1), date(2026, 3, 1)
# A line of a scheduled invoice: (first day, end, quantity, amount).
Line = tuple[date, date, int, Decimal]


def day(number: int) -> date:
    return date(2026, 2, number)


@dataclass(frozen=True)
class History:
    """A subscription of a contract of its own: the lines of each final invoice, in their order.

    `void`: which of the invoices are, from 0. `edits`: cells of its row in the price book.
    """

    invoices: tuple[tuple[Line, ...], ...]
    ends: date | None = None
    contract_ends: date | None = None
    void: tuple[int, ...] = ()
    edits: tuple[tuple[str, object], ...] = ()


def given_back(histories: Sequence[History]) -> list[list[tuple[date, Line]]]:
    """(date of the invoice, line) of what is to be given back now, for each history.

    All go through the models at once.
    """
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(GIVEN)
    for name in ("invoices", "invoice_lines"):
        con.execute(f"create table ledger.{name} ({column_definitions(WAREHOUSE_TABLES[name])})")
    for name in ("subscriptions", "contracts", "pricing_units"):
        columns = [f"{each.name} {find_kind(each.kind).sql_type}" for each in TABLES[name].columns]
        con.execute(f"create table price_book.{name} (price_book varchar, {', '.join(columns)})")
    rows: dict[str, list[dict[str, object]]] = defaultdict(list)
    rows["price_book.pricing_units"].append({"pricing_unit": "USD", "decimals": 2})
    for number, history in enumerate(histories):
        _add(rows, f"c{number}", history)
    for table, listed in rows.items():
        if table.startswith("price_book"):
            listed = [{"price_book": "now", **row} for row in listed]
        names = dict.fromkeys(name for row in listed for name in row)
        records = pa.table({name: [row.get(name) for row in listed] for name in names})
        con.register("records", records)
        con.execute(f"insert into {table} by name from records")
    con.execute("create table contracts_to_rate as select contract_id from price_book.contracts")
    for name, folder in MODELS.items():
        con.execute(f"create table {name} as {model_sql(name, folder)}")
    found = con.execute(
        "select contract_id, scheduled_on, service_start, service_end, quantity, amount"
        " from subscription_refunds"
        " order by service_start, charged_from, charged_invoice_id, charged_line_number"
    ).fetchall()
    return [
        [(on, tuple(line)) for contract, on, *line in found if contract == f"c{number}"]
        for number, _ in enumerate(histories)
    ]


def _add(rows: dict[str, list[dict[str, object]]], contract: str, history: History) -> None:
    own = {"contract_id": contract, "ending_before": history.contract_ends}
    rows["price_book.contracts"].append(own)
    rows["price_book.subscriptions"].append({
        "subscription_id": contract, "contract_id": contract, "product_id": "seat",
        "starting_on": START, "ending_before": history.ends, "collection": "advance",
        "refund_unused": True, **dict(history.edits),
    })  # fmt: skip
    for number, lines in enumerate(history.invoices):
        invoice = f"{contract}.{number}"
        rows["ledger.invoices"].append({
            "invoice_id": invoice, "invoice_type": "scheduled", "contract_id": contract,
            "status": "void" if number in history.void else "finalized", "sequence": number + 1,
        })  # fmt: skip
        for place, (first, last, quantity, amount) in enumerate(lines, 1):
            rows["ledger.invoice_lines"].append({
                "invoice_id": invoice, "line_number": place, "line_type": "subscription",
                "source_id": contract, "product_id": "seat", "service_start": first,
                "service_end": last, "quantity": quantity, "unit_price": 10, "amount": amount,
                "list_unit_price": 10, "list_amount": amount, "pricing_unit": "USD",
            })  # fmt: skip


MONTH: Line = (START, END, 2, Decimal(28))
MORE: Line = (day(8), END, 2, Decimal(21))
BACK: Line = (day(15), END, -2, Decimal(-14))
JANUARY: Line = (date(2026, 1, 1), START, 2, Decimal(31))
CASES = {
    "it goes on": (History(((MONTH,),)), []),
    "its end": (History(((MONTH,),), day(15)), [(day(15), BACK)]),
    "its contract's end": (History(((MONTH,),), None, day(15)), [(day(15), BACK)]),
    "the earlier of the two": (History(((MONTH,),), day(15), day(18)), [(day(15), BACK)]),
    "an end that is not there yet": (History(((MONTH,),), day(21)), []),
    "the end that was invoiced": (History(((MONTH,),), END), []),
    "without refund_unused": (
        History(((MONTH,),), day(15), edits=(("refund_unused", False),)), []
    ),
    "an empty refund_unused": (
        History(((MONTH,),), day(15), edits=(("refund_unused", None),)), []
    ),
    "in arrears": (History(((MONTH,),), day(15), edits=(("collection", "arrears"),)), []),
    "the invoice is void": (History(((MONTH,),), day(15), void=(0,)), []),
    "given back already": (History(((MONTH,), (BACK,)), day(15)), []),
    "what gave it back is void": (
        History(((MONTH,), (BACK,)), day(15), void=(1,)), [(day(15), BACK)]
    ),
    "the end moves backwards": (
        History(((MONTH,), (BACK,)), day(8)), [(day(8), (day(8), day(15), -2, Decimal(-7)))]
    ),
    "the end moves forwards": (History(((MONTH,), (BACK,)), day(18)), []),
    "the end is taken back": (History(((MONTH,), (BACK,))), []),
    "an increase too": (
        History(((MONTH,), (MORE,)), day(15)), [(day(15), BACK), (day(15), BACK)]
    ),
    "an end before the increase": (
        History(((MONTH,), (MORE,)), day(1)),
        [(day(1), (day(1), END, -2, Decimal(-28))), (day(1), (day(8), END, -2, Decimal(-21)))],
    ),
    "the first of two ends is void": (
        History(((MONTH,), (BACK,), ((day(8), day(15), -2, Decimal(-7)),)), day(8), void=(1,)),
        [(day(8), BACK)],
    ),
    "two periods, ended in the first": (
        History(((JANUARY, MONTH),), date(2026, 1, 31)),
        [
            (date(2026, 1, 31), (date(2026, 1, 31), START, -2, Decimal(-1))),
            (date(2026, 1, 31), (START, END, -2, Decimal(-28))),
        ],
    ),
    "nothing was paid": (History((((START, END, 2, Decimal(0)),),), day(15)), []),
}  # fmt: skip


def test_what_is_given_back():
    found = given_back([history for history, _ in CASES.values()])
    for name, (_, expected), lines in zip(CASES, CASES.values(), found, strict=True):
        assert lines == expected, name


def test_an_end_that_moves_gives_back_as_much_as_one_that_was_right_at_once():
    """Also of parts alike, which only their first days tell apart."""
    chance = random.Random(35)
    histories = []
    for _ in range(40):
        starts = sorted(chance.sample(range(1, 20), 3))
        price = Decimal(chance.randrange(1, 99999)) / 100
        histories.append(
            History(tuple(
                ((day(first), END, 2, to_cent(price * (29 - first) / 28)),) for first in starts
            ))
        )  # fmt: skip
    parts = [[line for (line,) in history.invoices] for history in histories]
    ends = [sorted(map(day, chance.sample(range(1, 20), 3)), reverse=True) for _ in histories]
    for step in range(3):
        histories = [replace(one, ends=end[step]) for one, end in zip(histories, ends, strict=True)]
        found = given_back(histories)
        histories = [
            replace(one, invoices=(*one.invoices, tuple(line for _, line in lines)))
            for one, lines in zip(histories, found, strict=True)
        ]
        assert given_back(histories) == [[] for _ in histories], "given back once"
    for one, charged in zip(histories, parts, strict=True):
        refunds = [line for lines in one.invoices for line in lines if line[2] < 0]
        unused = [
            to_cent(amount * (END - max(one.ends, start)).days / (END - start).days)
            for start, _, _, amount in charged
        ]
        assert -sum(line[3] for line in refunds) == sum(unused)


def to_cent(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
