"""Stored values that are not as a run computed them are found, and made again (S-48).

Guards against a value that somebody edited, deleted or added by hand and that is billed, and
against a run that computes more than those again.
"""

import duckdb

from meterhouse.warehouse.stored_values import altered_windows
from tests.long.windows_company import Company, call, tokens


def test_what_is_not_as_computed_is_computed_again_and_nothing_else(company: Company):
    """Rows edited, deleted or added by hand, an emptied table, events that are gone (S-48)."""
    company.land(call("acme", 3), call("acme", 5), call("beta", 3), tokens("acme", 4))
    company.run()
    values = "from usage.metric_values order by all"
    events = (
        "select count(*) from events.events union all select sum(events) from events.event_days"
    )
    whole = company.rows(values)
    for edits, again in (
        (
            (
                "update metrics.api_calls_v1 set quantity = 7 "
                "where contract_id = 'acme-1' and day(window_start) = 3",
                "delete from metrics.api_calls_v1 "
                "where contract_id = 'acme-1' and day(window_start) = 5",
                "insert into metrics.llm_tokens_weighted_v1 from metrics.llm_tokens_weighted_v1",
                "update usage.day_states set unique_key = 'x' where contract_id = 'beta-1'",
                # A window that nobody has computed: it goes, and nothing is computed.
                "insert into metrics.api_calls_v1 (contract_id, window_start, window_end, "
                "quantity) values ('beta-1', '2026-01-07', '2026-01-08', 9)",
            ),
            {
                ("api_calls", "acme-1", 3, 3),
                ("api_calls", "acme-1", 5, 5),
                ("llm_tokens_weighted", "acme-1", 4, 4),
                ("active_users", "beta-1", 3, 3),
            },
        ),
        (
            (
                "delete from metrics.api_calls_v1",
                "delete from usage.computed_windows where metric = 'llm_tokens_weighted'",
                "delete from events.landed_events where day(event_date) = 5",
            ),
            {
                ("api_calls", "acme-1", 3, 3),
                ("api_calls", "acme-1", 5, 5),
                ("api_calls", "beta-1", 3, 3),
                ("llm_tokens_weighted", "acme-1", 4, 4),
            },
        ),
        (("delete from events.event_days where day(event_date) = 5",), set()),
    ):
        with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
            for edit in edits:
                con.execute(edit)
        assert company.run() == again
        assert company.rows(values) == whole
        assert company.rows(events) == [(4,), (4,)]
        with duckdb.connect(str(company.home / "warehouse.duckdb")) as con:
            found = altered_windows(con)
        assert bool(found) == bool(again)
    assert company.run() == set()
    assert company.rows("from calendar.altered_windows") == []
