"""Caps and balances: what is capped is not paid, what a cap gives back may be (S-57, S-37 to S-41).

Small contracts worked out by hand, through the models of commits. Guards against a balance that
pays for what the cap has taken off, against money back for usage that a cap had never charged, and
against a pledge that counts what was not paid.
"""

from collections import defaultdict
from datetime import date

import pytest

from tests.commits.cap_cases import CASES, FEBRUARY, JANUARY, MARCH, Contract
from tests.commits.in_memory import run_in_memory

OWN = "usage.2026-01-01"
Rows = dict[str, list[dict]]


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
