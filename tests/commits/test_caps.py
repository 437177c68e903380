"""Caps and balances: what is capped is not paid, what a cap gives back may be (S-57, S-37 to S-41).

Small contracts worked out by hand, through the models of commits. Guards against a balance that
pays for what the cap has taken off, against money back for usage that a cap had never charged, and
against a pledge that counts what was not paid.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import pytest

from tests.commits.in_memory import run_in_memory

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
OWN = "usage.2026-01-01"
Rows = dict[str, list[dict]]


@dataclass(frozen=True)
class Contract:
    """Lines `(type, product, amount)` of January, on its open invoice; or on its final one, and
    then `late` ones on February's draft.

    `caps`: a cap's id → the products that it counts. `paid`: of the final lines, by place from 1.
    `commit`: its type, what it grants, and the product that it is restricted to.
    """

    caps: dict[str, tuple[str, ...]]
    lines: tuple[tuple[str, str, int], ...]
    late: tuple[tuple[str, str, int], ...] = ()
    paid: tuple[tuple[int, int], ...] = ()
    commit: tuple[str, int, str | None] = ("credit", 50, None)


EVERYTHING = {"all": ("a", "b", "support")}
# What balances pay of each line, by its product or, of a cap, its id; negative where they get back.
CASES = {
    # 30 + 3 is capped to 20: the last in the order, the percentage, is taken off first.
    "a cap is not paid": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "all", -13)),
        ),
        {"a": 20},
    ),
    "a cap of one product leaves the others": (
        Contract(
            {"of a": ("a",)},
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "of a", -10)),
        ),
        {"a": 20, "support": 3},
    ),
    "one cap after the other": (
        Contract(
            {"of b": ("b",), **EVERYTHING},
            (("usage", "b", 30), ("usage", "a", 30), ("cap", "of b", -10), ("cap", "all", -15)),
        ),
        # b, the dearer one, stands first: 20 of it are left by its own cap, and all by the other.
        {"b": 20, "a": 15},
    ),
    "late usage over a cap is not paid": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", 5), ("composite", "support", 1), ("cap", "all", -6)),
            paid=((1, 20),),
        ),
        {},
    ),
    "late usage below a cap is": (
        Contract(
            EVERYTHING,
            (("usage", "a", 15),),
            late=(("late_usage", "a", 10), ("cap", "all", -5)),
            paid=((1, 15),),
        ),
        {"a": 5},
    ),
    # 30 capped to 20, then 25 are left: 5 less are capped, and no money moves.
    "what was never charged does not come back": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", -5), ("cap", "all", 5)),
            paid=((1, 20),),
        ),
        {},
    ),
    # 15 are left of 30: 5 of the 20 that were paid go back, the other 10 are the cap's.
    "what was paid goes back": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", -15), ("cap", "all", 10)),
            paid=((1, 20),),
        ),
        {"a": -5},
    ),
    # 30 and then 20 + 10 are capped to 10, which is paid: the 10 less of a were the cap's.
    "late lines under a full cap move nothing": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -20)),
            late=(("late_usage", "a", -10), ("late_usage", "b", 10)),
            paid=((1, 10),),
        ),
        {},
    ),
    "nor do they where the cap takes more off": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -20)),
            late=(("late_usage", "a", -10), ("late_usage", "b", 15), ("cap", "all", -5)),
            paid=((1, 10),),
        ),
        {},
    ),
    # a 30 was charged in full, as b is: what a gives back is money, and b is paid (S-38).
    "a cap that was never reached sets nothing off": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30),),
            late=(("late_usage", "a", -10), ("late_usage", "b", 10)),
            paid=((1, 10),),
        ),
        {"b": 10},
    ),
    # a is capped to 20, all to 30: 20 are paid, then a 20, b 40. Both caps print the same product.
    "one cap takes nothing off what another gives back": (
        Contract(
            {"of a": ("a",), **EVERYTHING},
            (("usage", "a", 40), ("cap", "of a", -20)),
            late=(
                ("late_usage", "a", -20), ("late_usage", "b", 40),
                ("cap", "of a", 20), ("cap", "all", -30),
            ),
            paid=((1, 20),),
        ),
        {"b": 10},
    ),
    # a 10, b 15: of 20 that were paid of a, 10 go back. The money that a leaves, 10, is set against
    # the cap, the last; what is left of it, 5, and b are paid again.
    "what is left of a positive cap is paid": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("usage", "b", 10), ("cap", "all", -20)),
            late=(("late_usage", "a", -20), ("late_usage", "b", 5), ("cap", "all", 15)),
            paid=((1, 20),),
        ),
        {"a": -10, "b": 5, "all": 5},
    ),
    "but by no balance that is restricted, even to the product of the cap's line": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("usage", "b", 10), ("cap", "all", -20)),
            late=(("late_usage", "a", -20), ("late_usage", "b", 5), ("cap", "all", 15)),
            paid=((1, 20),),
            commit=("credit", 50, "fee"),
        ),
        {"a": -10},
    ),
    "a minimum is not paid": (
        Contract(EVERYTHING, (("usage", "a", 10), ("minimum", "all", 90))), {"a": 10}
    ),
    "a pledge counts what is paid in money alone": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "all", -13)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 20},
    ),
    "a pledge counts what the cap of another product leaves alone": (
        Contract(
            {"of a": ("a",)},
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "of a", -10)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 23},
    ),
    "a pledge counts what a cap takes off late no longer": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "b", 5), ("cap", "all", -5)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 20},
    ),
    "a pledge counts what a cap gives back": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", -15), ("cap", "all", 10)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 15},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def paid() -> dict[str, dict[str, int]]:
    """What balances pay of each contract's lines, all contracts in one database."""
    rows: Rows = defaultdict(list)
    for name in ("a", "b", "support", "fee"):
        type_ = {"support": "composite", "fee": "fixed"}.get(name, "usage")
        rows["price_book.products"].append({"product_id": name, "name": name, "type": type_})
    rows["price_book.rate_cards"].append({"rate_card_id": "card", "currency": "USD"})
    unit = {"pricing_unit": "USD", "decimals": 2, "kind": "currency"}
    rows["price_book.pricing_units"].append(unit)
    for name, (contract, _) in CASES.items():
        _write(rows, name, contract)
    con = run_in_memory(rows, ("drawdowns", "counted_lines", "line_applications"))
    found: dict[str, dict[str, int]] = {name: {} for name in CASES}
    query = """
        select
            contract_id,
            case when line_type = 'cap' then split_part(source_id, '/', 2) else product_id end,
            covered
        from drawdowns inner join drawdown_candidates using (contract_id, line_order)
        union all
        select contract_id, 'counted', sum(counted) from counted_lines group by all
    """
    for name, line, amount in con.execute(query).fetchall():
        found[name][line] = found[name].get(line, 0) + int(amount)
    return found


def _write(rows: Rows, name: str, contract: Contract) -> None:
    own = {"contract_id": name}
    rows["price_book.contracts"].append(
        {**own, "rate_card_id": "card", "starting_on": JANUARY, "customer_id": name}
    )
    rows["calendar.billing_periods"] += [
        {**own, "period_start": JANUARY, "period_end": FEBRUARY},
        {**own, "period_start": FEBRUARY, "period_end": MARCH},
    ]
    rows["calendar.open_periods"].append({**own, "period_start": FEBRUARY, "period_end": MARCH})
    for place, (cap, products) in enumerate(contract.caps.items(), 1):
        of_period = {**own, "period_start": JANUARY, "place": place}
        limit = {**of_period, "limit_id": f"{name}/{cap}", "line_type": "cap", "currency": "USD"}
        rows["rating.limits_in_force"].append(limit)
        counted = [{**of_period, "product_id": product} for product in products]
        rows["rating.limited_products"] += counted
        rows["price_book.period_limits"].append({
            **own, "limit_id": f"{name}/{cap}", "product_id": "fee",
            "applies_to_product_id": products[0] if len(products) == 1 else None,
        })  # fmt: skip
    type_, granted, restricted = contract.commit
    commit = {"commit_id": f"{name}.k"}
    rows["price_book.commits"].append({
        **own, **commit, "product_id": "fee", "name": "k", "type": type_, "priority": 100,
        "pricing_unit": "USD", "rate_type": "list",
    })  # fmt: skip
    rows["price_book.commit_access"].append({
        **commit, "segment": 1, "amount": granted, "starting_on": JANUARY,
        "ending_before": date(2027, 1, 1),
    })  # fmt: skip
    if restricted:
        rows["price_book.commit_applies_to"].append({**commit, "product_id": restricted})
    if not contract.late:
        _lines(rows, name, contract.lines, JANUARY, None)
        return
    invoice = f"{name}.{OWN}"
    rows["ledger.invoices"].append({
        **own, "invoice_id": invoice, "invoice_type": "usage", "status": "finalized",
        "currency": "USD", "issue_on": FEBRUARY, "sequence": 1, "price_book": "book",
        "period_start": JANUARY, "period_end": FEBRUARY,
    })  # fmt: skip
    rows["ledger.invoice_lines"] += [
        {"invoice_id": invoice, "line_number": number, **_line(name, *line)}
        for number, line in enumerate(contract.lines, 1)
    ]
    rows["ledger.commit_applications"] += [
        {"invoice_id": invoice, "line_number": number, "segment": 1, "amount": amount, **commit}
        for number, amount in contract.paid
    ]
    _lines(rows, name, contract.late, FEBRUARY, invoice)


def _line(name: str, type_: str, what: str, amount: int) -> dict:
    is_limit = type_ in ("cap", "minimum")
    return {
        "line_type": type_, "product_id": "fee" if is_limit else what, "pricing_group": "{}",
        "source_id": f"{name}/{what}" if is_limit else None, "service_start": JANUARY,
        "service_end": FEBRUARY, "quantity": 1, "unit_price": amount, "amount": amount,
        "pricing_unit": "USD",
    }  # fmt: skip


def _lines(
    rows: Rows,
    name: str,
    lines: tuple[tuple[str, str, int], ...],
    carried_on: date,
    corrects: str | None,
) -> None:
    rows["rating.commit_eligible_lines"] += [
        {"contract_id": name, "period_start": carried_on, "decimals": 2, "line_rank": rank,
         "corrects_invoice_id": corrects, "product_name": line[1], **_line(name, *line)}
        for rank, line in enumerate(lines, 1)
    ]  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_balances_pay_of_capped_lines(paid, name):
    _, expected = CASES[name]
    assert {line: amount for line, amount in paid[name].items() if amount} == expected
