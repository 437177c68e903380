"""What runs keep of what is carried (S-56), over random histories.

Guards against a state kept from run to run that is not what the whole log says.
"""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.project.carry_warehouse import CONTRACTS, HANDED_ON, PERIODS, STEP, Warehouse


def by_hand(warehouse: Warehouse) -> set[tuple]:
    """The same from all events, by the words of S-56."""
    alive = {seq for (seq,) in warehouse.con.execute("select event_seq from events").fetchall()}
    found = set()
    for contract, customer, start in PERIODS:
        latest: dict[str, tuple] = {}
        for seq, sent, kind, at, properties in warehouse.events:
            day = at.date()
            key_owner = "acme" if day < HANDED_ON else "beta"
            owner = key_owner if sent == "key" else sent
            is_covered = any(
                owner == whose and first <= day and (end is None or day < end)
                for _, whose, first, end in CONTRACTS
            )
            region = properties.split(",")[0].replace('"', "")
            if (
                seq in alive and owner == customer and is_covered and day < start
                and kind != "call" and '"test"' not in properties
                and ('"gb": 1' in properties or '"gb": "2.5"' in properties)
            ):  # fmt: skip
                latest[region] = max(latest.get(region, (at, seq)), (at, seq))
        found |= {(contract, start, seq) for _, seq in latest.values()}
    return found


@settings(max_examples=15)
@given(st.lists(STEP, min_size=1, max_size=7))
def test_what_runs_keep_is_what_the_whole_log_says(steps) -> None:
    """Late events and retractions too, in whatever runs they came."""
    warehouse = Warehouse()
    for what, is_run in steps:
        warehouse.step(what)
        if is_run:
            warehouse.run()
            assert warehouse.carried() == by_hand(warehouse)
    warehouse.run()
    assert warehouse.carried() == by_hand(warehouse)


def test_a_run_looks_at_new_days_alone() -> None:
    """Days without new events are not read again, even if they had nothing to carry."""
    warehouse = Warehouse()
    one = ("acme", 3, 1, "sample", '"region": "eu"', '"gb": 1', '"y": 2')
    nothing = ("acme", 4, 1, "sample", '"region": "eu"', '"gb": "bad"', '"y": 2')
    warehouse.step([one, nothing])
    warehouse.run()
    warehouse.step([("beta", 5, 1, "sample", '"region": "eu"', '"gb": 1', '"y": 2')])
    warehouse.run()
    due = warehouse.con.execute("select sent_id, event_date from due_carry_days").fetchall()
    assert due == [("beta", date(2026, 1, 6))]
    warehouse.step(frozenset({1}))
    warehouse.run()
    assert warehouse.con.execute("select event_date from due_carry_days").fetchall() == [
        (date(2026, 1, 5),)
    ]
    # Neither the periods before that day nor those of the other customer.
    looked_for = "select contract_id, period_start from due_carries where is_due order by all"
    assert warehouse.con.execute(looked_for).fetchall() == [
        ("acme-2", date(2026, 1, 9)),
        ("acme-2", date(2026, 1, 12)),
    ]
    warehouse.run()
    assert not warehouse.con.execute("from due_carry_days").fetchall()
    assert not warehouse.con.execute(looked_for).fetchall()


def test_another_alias_or_contract_is_looked_for_anew() -> None:
    """Without any new event."""
    warehouse = Warehouse()
    warehouse.step([("key", 2, 1, "sample", '"region": "eu"', '"gb": 1', '"y": 2')])
    warehouse.run()
    acme = {
        (contract, start, 0) for contract, who, start in PERIODS if who == "acme" and start.day > 3
    }
    assert warehouse.carried() == acme
    warehouse.con.execute(
        "update customer_identities set customer_id = 'beta' where sent_id = 'key'"
    )
    warehouse.run()
    beta = {(contract, start, 0) for contract, who, start in PERIODS if who == "beta"}
    assert warehouse.carried() == beta
    warehouse.con.execute(
        "update contracts set starting_on = '2026-01-05' where customer_id = 'beta'"
    )
    warehouse.run()
    assert not warehouse.carried()
