"""Which windows of metrics are computed again, run after run (S-9, S-11, S-12).

Guards against a run that computes everything again, and against one that misses a window: an event
that came late, an id that joined a customer, a lookup file that changed, a run that failed.
"""

from datetime import timedelta

import pytest

from tests.long.windows_company import ALIAS, NOON, Company, call, tokens


def test_only_what_changed_is_computed_again(company: Company):
    company.land(
        call("acme", 3),
        call("acme", 5),
        call("beta", 3),
        call("acme-eu", 6, "w"),
        tokens("acme", 4),
    )
    first = company.run()
    # Counts and distinct users by day alone; a ratio also from the period's start to today.
    assert ("api_calls", "acme-1", 3, 3) in first and ("api_calls", "acme-1", 1, 10) not in first
    assert ("active_users", "acme-1", 3, 3) in first
    assert ("active_users", "acme-1", 1, 10) not in first
    assert {("api_errors_ratio", "acme-1", 3, 3), ("api_errors_ratio", "acme-1", 1, 10)} <= first
    assert company.run() == set(), "nothing new, nothing computed"

    company.land(call("acme", 5, "v"))
    assert company.run() == {
        ("api_calls", "acme-1", 5, 5),
        ("active_users", "acme-1", 5, 5),
        ("api_errors_ratio", "acme-1", 5, 5),
        ("api_errors_ratio", "acme-1", 1, 10),
    }
    assert company.value("api_calls", "acme-1", 5) == [(5, 2)]
    assert company.users("acme-1") == [(10, 2)]

    # A changed price book computes what it touches, and any other change nothing.
    company.seed("customers", "customer_id,name\nacme,Acme Corporation\nbeta,Beta\n")
    assert company.run() == set()
    company.seed("model_weights", "model,weight\nlarge,3\n")
    assert company.run() == {("llm_tokens_weighted", "acme-1", 4, 4)}
    assert company.value("llm_tokens_weighted", "acme-1", 4) == [(4, 15)]
    company.seed("customer_aliases", ALIAS)
    assert company.run() == {
        ("api_calls", "acme-1", 6, 6),
        ("active_users", "acme-1", 6, 6),
        ("api_errors_ratio", "acme-1", 6, 6),
        ("api_errors_ratio", "acme-1", 1, 10),
    }
    assert company.users("acme-1") == [(10, 3)]

    # The next day an open period is measured one day further; what was in between is dropped.
    tomorrow = NOON + timedelta(days=1)
    assert company.run(tomorrow) == {
        ("api_errors_ratio", "acme-1", 1, 11),
        ("api_errors_ratio", "beta-1", 1, 11),
    }
    assert company.value("api_errors_ratio", "acme-1", 10) == []
    assert company.value("api_errors_ratio", "acme-1", 11) == [(1, 0)]
    assert company.users("acme-1") == [(11, 3)]


@pytest.mark.parametrize("runs_before", [0, 1])
def test_a_failed_run_leaves_no_value_behind(company: Company, runs_before: int):
    """An alias that was there in a failed run alone bills nothing."""
    company.land(call("acme", 3), call("acme-eu", 3, "w"), call("acme-eu", 4, "w"))
    for _ in range(runs_before):
        company.run()
    company.seed("customer_aliases", ALIAS)
    assert ("api_calls", "acme-1", 4, 4) in company.run(models=("+cumulative_usage",))
    assert company.users("acme-1") == [(10, 2)]
    company.seed("customer_aliases", ALIAS.splitlines(True)[0])
    company.run()
    assert company.value("api_calls", "acme-1", 3) == [(3, 1)]
    assert company.value("api_calls", "acme-1", 4) == []
    assert company.users("acme-1") == [(10, 1)]
    assert company.run() == set()
