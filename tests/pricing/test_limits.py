"""Minimums and caps of a period, known in time or late, void or replaced, come to the same (S-57).

Random contracts with up to two minimums and three caps go through histories of final invoices, late
lines, voids and replacements; each step is the models' over a given ledger. Guards against a cap
that late lines exceed, against a minimum that late usage makes dearer than the same usage in time,
and against a limit that is counted twice.
"""

import random
from decimal import Decimal

from tests.pricing.limit_histories import PRICES, SCOPES, Amounts, Contract, bill, expected


def random_usage(chance: random.Random) -> Amounts:
    return {each: Decimal(chance.choice((0, chance.randrange(20_000)))) / 100 for each in PRICES}


def random_contracts(seed: int, count: int = 60) -> list[Contract]:
    """Contracts with limits that usage now and then reaches; half of them with a short period."""
    chance = random.Random(seed)
    contracts = []
    for number in range(count):
        limits = {
            (kind, scope): Decimal(chance.randrange(0, 40_000)) / 100
            for kind in ("cap", "minimum")
            for scope in SCOPES
            if chance.random() < 0.5
        }
        days = chance.choice((31, chance.randrange(1, 31)))
        contracts.append(Contract(f"c{number:02}", limits, random_usage(chance), days))
    return contracts


def check(contracts: list[Contract]) -> None:
    """What is billed of each limit is what it comes to, and no cap is exceeded."""
    for contract in contracts:
        due = expected(contract)
        for limit in contract.limits:
            assert contract.billed(limit) == due[limit], (contract, limit)
        cap = contract.limits.get(("cap", "all"))
        if cap is not None:
            lines = [*PRICES, *(limit for limit in contract.limits if limit[0] == "cap")]
            charged = sum(contract.billed(line) for line in lines)
            assert charged <= (cap * contract.days / 31).quantize(Decimal("0.01"), "ROUND_HALF_UP")


def test_late_lines_make_of_a_limit_what_it_had_been_in_time():
    chance = random.Random(57)
    contracts = random_contracts(1)
    for _ in range(3):
        bill(contracts)
        check(contracts)
        for contract in contracts:
            contract.usage = random_usage(chance)


def test_voids_and_replacements_exceed_no_cap_and_owe_no_minimum_twice():
    chance = random.Random(58)
    contracts = random_contracts(2)
    bill(contracts)
    for contract in contracts:
        contract.usage = random_usage(chance)
    bill(contracts)
    check(contracts)
    # January's own invoice of some, the one with its late lines of the others
    for number, contract in enumerate(contracts):
        contract.void.add(f"{contract.name}.{number % 2}")
        contract.usage = random_usage(chance)
    bill(contracts)
    check(contracts)
