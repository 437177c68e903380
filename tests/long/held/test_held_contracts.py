"""One contract that cannot be computed never stops the others (S-52): real runs.

Guards against one event, or one row of the price book, that ends billing for everybody.
"""

from datetime import date

import pytest

from tests.long.held.scenario import FINAL, MARCH, NEXT, Company

# Contract → what is wrong with it; `sound` is billed 3 × 2.00 = 6.00 whatever the others do.
BROKEN = {
    "one_event": "one event of 999,999,999,999,999 units at 20",
    "many_events": "1,200 events of 999,999,999,999,999 units",
    "weighted": "300 events whose weight of 4 leads out of the type",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """January, billed when it became due."""
    company = Company(tmp_path_factory.mktemp("held"))
    company.write_price_book()
    company.land("2026-01-31T12:00:00Z")
    company.first = company.run(FINAL)
    return company


def test_the_run_fails_and_says_who_is_held(company: Company):
    assert company.first.returncode == 1
    for contract in BROKEN:
        assert f"contract {contract}, product " in company.first.stderr


def test_everybody_else_is_billed_and_final(company: Company):
    rows = company.rows("select contract_id, status, total from invoices where total <> 0")
    assert [(c, s, f"{t:.2f}") for c, s, t in rows] == [("sound", "finalized", "6.00")]


def test_the_mart_names_product_period_and_an_event(company: Company):
    rows = company.rows("select contract_id, product_id, period_start, example from held_contracts")
    assert sorted(rows) == [
        ("many_events", "calls", date(2026, 1, 1), "event many_events-0"),
        ("one_event", "calls", date(2026, 1, 1), "event one_event-0"),
        ("weighted", "tokens", date(2026, 1, 1), "event weighted-0"),
    ]
    assert company.rows("from invoices where contract_id = 'one_event'") == []


def test_another_run_holds_them_without_looking_again(company: Company):
    again = company.run("2026-02-03T00:00:00Z")
    assert again.returncode == 1 and "Held: " not in again.stdout


def test_verify_rebuilds_what_became_final_beside_them(company: Company):
    assert company.call("verify").returncode == 0


def test_a_corrected_price_book_lets_the_next_run_catch_up(company: Company):
    # A millionth of the price: 999,999,999,999,999 × 0.00002 fits.
    company.write_price_book(price="0.00002")
    run = company.run(NEXT)
    assert "contract many_events" in run.stderr and "contract one_event" not in run.stderr
    rows = company.rows("select status, total from invoices where contract_id = 'one_event'")
    assert ("finalized", 20_000_000_000) in [(s, int(t)) for s, t in rows]


def test_taken_back_events_let_the_next_run_catch_up(company: Company):
    ids = [f"many_events-{i}" for i in range(1_199)] + [f"weighted-{i}" for i in range(299)]
    assert company.call("retract", "--reason", "test", "--as-of", NEXT, *ids).returncode == 0
    assert company.run(MARCH).returncode == 0
    assert company.rows("from held_contracts") == []
    names = company.rows("select distinct contract_id from invoices where status = 'finalized'")
    assert sorted(one for (one,) in names) == ["many_events", "one_event", "sound", "weighted"]
