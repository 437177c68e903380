"""Random stories of alerts: the models tell what a plain program tells, run by run (S-76).

A story edits the alerts between runs: thresholds, clear_at, which are enabled, whose rows they are.
"""

from decimal import Decimal
from random import Random

import pytest

from tests.alerts.oracle import Oracle
from tests.alerts.world import BOOK, FEBRUARY, MARCH, World

RUNS, CUSTOMERS = 8, 30
PERIODS = {FEBRUARY: MARCH, MARCH: MARCH.replace(month=4)}


def alerts_of(random: Random) -> list[dict]:
    """Some general alerts, and rows of some customers, with their ids or with others."""
    rows = []
    for id, kind in (("s1", "spend"), ("s2", "spend"), ("b1", "balance")):
        if random.random() < 0.8:
            rows.append({"id": id, "kind": kind, "customer": None})
    for number in range(CUSTOMERS):
        for id, kind in (("s1", "spend"), ("own", "spend"), ("b1", "balance"), ("ob", "balance")):
            if random.random() < 0.15:
                rows.append({"id": id, "kind": kind, "customer": f"c{number}"})
    for row in rows:
        row["threshold"] = Decimal(random.choice([10, 20, 30]))
        row["clear_at"] = None
        if row["kind"] == "balance" and random.random() < 0.5:
            row["clear_at"] = row["threshold"] + random.choice([1, 10])
        row["enabled"] = random.random() < 0.9
    return rows


def contracts_of(random: Random) -> list[dict]:
    """Two contracts of each customer, with amounts near the thresholds."""
    amounts = [0, 9, 10, 11, 19, 20, 21, 29, 30, 31, 40]
    return [
        {
            "id": f"k{number}-{half}", "customer": f"c{number}",
            "spend": {start: Decimal(random.choice(amounts)) for start in PERIODS},
            "left": None if (number, half) == (0, 0) else Decimal(random.choice(amounts)),
        }
        for number in range(CUSTOMERS) for half in (1, 2)
    ]  # fmt: skip


def fill(world: World, alerts: list[dict], contracts: list[dict]) -> None:
    """Put a state of a story in place of the one before."""
    world.con.execute("delete from price_book.alerts")
    for row in alerts:
        world.put("price_book.alerts", price_book=BOOK, alert_id=row["id"], kind=row["kind"],
                  customer_id=row["customer"], pricing_group="{}", threshold=row["threshold"],
                  clear_at=row["clear_at"], enabled=row["enabled"])  # fmt: skip
    for contract in contracts:
        for start, amount in contract["spend"].items():
            world.spend(amount, contract=contract["id"], start=start, end=PERIODS[start])
        if contract["left"] is not None:
            world.balance(contract["left"], 50, "of " + contract["id"], contract["id"])


@pytest.mark.parametrize("seed", range(3))
def test_a_story_is_told_as_a_plain_program_tells_it(seed, record_property):
    random, world, oracle = Random(seed), World(), Oracle()
    world.con.execute("delete from price_book.contracts")
    for contract in contracts_of(random):
        world.put("price_book.contracts", price_book=BOOK, contract_id=contract["id"],
                  customer_id=contract["customer"], starting_on=FEBRUARY)  # fmt: skip
    alerts, expected = alerts_of(random), set()
    for number in range(RUNS):
        if number % 3 == 2:
            alerts = alerts_of(random)
        contracts = contracts_of(random)
        fill(world, alerts, contracts)
        expected |= oracle.run(number, alerts, contracts)
        world.run(number + 1, month=3)
    found = world.rows(
        "select day(occurred_at) - 1, alert_id, contract_id, change from alert_events"
    )
    assert set(found) == expected
    assert len(expected) > 300
    record_property("alert changes compared", len(expected))
