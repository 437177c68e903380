"""What the models make of a retraction (S-51), run after run.

Guards against an event that is billed although it was taken back, one that is lost because its id
was, windows that keep what they measured before, and a result that depends on when runs were made.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from raw_events.ingest.retract import retract
from tests.long.windows_company import NOON, Company

MODELS = ("+computed_windows", "+cumulative_usage", "+event_outcomes")
KINDS = """
    select log_version, transaction_id, coalesce(repeat_kind, 'counts')
    from events.landed_events order by event_seq
"""
CALLS = """
    select contract_id, sum(quantity)::int from usage.cumulative_usage
    where metric = 'api_calls' group by all order by all
"""
OUTCOMES = "select outcome, sum(events)::int from marts.event_outcomes group by all order by all"


def call(customer: str, day: int) -> tuple[str, str, int, dict]:
    """A call of a customer on a day of January."""
    return (customer, "api_call", day, {"user_id": "u1"})


def take_back(company: Company, *ids: str, as_of=NOON) -> None:
    """Retract; every id must be there."""
    report = retract(company.home, ids, "a mistake", "mara", as_of)
    assert all(id.taken_back for id in report.ids)


def history(company: Company, run) -> None:
    """Sent twice, taken back, sent again otherwise, and a neighbour; `run()` between the steps."""
    company.land(call("acme", 3), call("acme", 4), call("beta", 3), call("nobody", 3))
    run()
    company.batches = 0
    company.land(call("acme", 3), call("acme", 5), call("beta", 3), call("acme", 9))
    run()
    take_back(company, "1-0", "1-1")
    run()
    company.batches = 0
    company.land(call("beta", 6))
    run()
    company.batches = 0
    company.land(call("beta", 6), call("acme", 7), call("beta", 3), call("acme", 9))
    run()
    take_back(company, "1-3")


@pytest.mark.parametrize("often", [True, False], ids=["a run after each step", "one run"])
def test_the_models_know_it(company: Company, often: bool) -> None:
    history(company, lambda: company.run(models=MODELS) if often else None)
    company.run(models=MODELS)
    assert company.rows(KINDS) == [
        (1, "1-0", "retracted"),
        (1, "1-1", "retracted"),
        (1, "1-2", "counts"),
        (1, "1-3", "retracted"),
        # the duplicate and the conflict of what was taken back count as never sent as well
        (2, "1-0", "retracted"),
        (2, "1-1", "retracted"),
        (2, "1-2", "duplicate"),
        (2, "1-3", "retracted"),
        # a first again, though it is another customer's now, and its own duplicate
        (4, "1-0", "counts"),
        (5, "1-0", "duplicate"),
        (5, "1-1", "counts"),
        (5, "1-2", "duplicate"),
        (5, "1-3", "retracted"),
    ]
    assert company.rows(CALLS) == [("acme-1", 1), ("beta-1", 2)]
    assert company.rows(OUTCOMES) == [("duplicate", 3), ("metered", 3), ("retracted", 7)]
    assert company.rows("select sum(events)::int from events.event_days") == [(13,)]


def test_only_the_windows_of_what_was_taken_back_are_computed_again(company: Company) -> None:
    company.land(call("acme", 3), call("acme", 3), call("acme", 8), call("beta", 3))
    company.run(models=MODELS)
    take_back(company, "1-0")
    (days,) = {
        frozenset(first for metric, _, first, _ in windows if metric == "api_calls")
        for windows in [company.run(models=MODELS)]
    }
    assert days == {3}
    assert company.rows(CALLS) == [("acme-1", 2), ("beta-1", 1)]
    take_back(company, "1-2")
    # Its day has no event any more: there is nothing to compute, and nothing is left.
    assert ("api_calls", "acme-1", 8, 8) not in company.run(models=MODELS)
    assert company.rows(CALLS) == [("acme-1", 1), ("beta-1", 1)]
    assert company.run(models=MODELS) == set()


def test_all_taken_back_is_as_if_never_sent(company: Company) -> None:
    company.land(call("acme", 3), call("acme", 5), call("beta", 3))
    company.run(models=MODELS)
    take_back(company, "1-0", "1-1", "1-2")
    company.run(NOON + timedelta(hours=1), models=MODELS)
    assert company.rows(CALLS) == []
    assert company.rows("from usage.metric_values") == []
    assert company.rows(OUTCOMES) == [("retracted", 3)]


def test_a_moved_data_directory_keeps_its_retractions(company: Company, tmp_path: Path) -> None:
    """Log files are listed anew, by where they are now; retractions with them, once."""
    company.land(call("acme", 3), call("acme", 5))
    take_back(company, "1-0")
    company.run(models=MODELS)
    for path in ("raw_events", "warehouse.duckdb", "price_books"):
        (tmp_path / "moved").mkdir(exist_ok=True)
        (tmp_path / path).rename(tmp_path / "moved" / path)
    company.home = tmp_path / "moved"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METERHOUSE_HOME", str(company.home))
        company.run(models=MODELS)
    assert company.rows("select count(*)::int from inputs.retractions") == [(1,)]
    assert company.rows(CALLS) == [("acme-1", 1)]
