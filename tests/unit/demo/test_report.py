"""The demo's report on hand-made marts: what it adds up, and that a missing mart is no error."""

import io
import re

import duckdb
import pytest
from rich.console import Console

from demo import report
from demo.marts import Marts
from demo.replay import MARKER, DemoError, demo_home, fresh

MARTS = {
    "invoices": """
        select
            'acme.usage.2026-01-01' as invoice_id, 'INV-000001' as invoice_number,
            'usage' as invoice_type, 'finalized' as status, 'acme' as customer_id,
            'Acme' as customer_name, 'acme' as contract_id, 'USD' as currency,
            date '2026-01-01' as period_start, date '2026-02-01' as period_end,
            date '2026-02-01' as issue_on, date '2026-03-03' as due_on,
            timestamptz '2026-02-02 00:00:00Z' as finalizes_at, null::timestamptz as finalized_at,
            130.00::decimal(20, 4) as subtotal, (-30)::decimal(20, 4) as credits_applied,
            100::decimal(20, 4) as total
        union all
        select
            'acme.usage.2026-02-01', null, 'usage', 'draft', 'acme', 'Acme', 'acme', 'USD',
            date '2026-02-01', date '2026-03-01', date '2026-03-01', date '2026-03-31',
            timestamptz '2026-03-02 00:00:00Z', null, 7.5, 0, 7.5
    """,
    "invoice_lines": """
        select *, 'tokens' as product_id, 'USD' as pricing_unit, null as override_id,
            null as customer_id, null as contract_id, null as status, null as invoice_number,
            null as issue_on, null as currency
        from (values
            ('acme.usage.2026-01-01', 1, 'usage', 'Tokens', date '2026-01-01',
             date '2026-02-01', 130::decimal(20, 4), null),
            ('acme.usage.2026-01-01', 2, 'commit_applied', 'Credit', date '2026-01-01',
             date '2026-02-01', -30, null),
            ('acme.usage.2026-02-01', 1, 'late_usage', 'Tokens', date '2026-01-01',
             date '2026-02-01', 7.5, 'acme.usage.2026-01-01')
        ) as line (invoice_id, line_number, line_type, product_name, service_start, service_end,
                   amount, corrects_invoice_id)
    """,
    "commit_balances": """
        select
            'cm-1' as commit_id, 'acme' as contract_id, 1 as segment, 'credit' as type,
            'USD' as pricing_unit, date '2026-01-01' as starting_on,
            date '2026-07-01' as ending_before, 120::decimal(20, 4) as granted,
            30::decimal(20, 4) as applied_finalized, 0::decimal(20, 4) as applied_draft,
            0::decimal(20, 4) as expired, 90::decimal(20, 4) as remaining
    """,
    "event_outcomes": """
        select
            date '2026-01-05' as received_on, 'gateway' as source, outcome, events::bigint as events
        from (values ('metered', 1000), ('rejected:too_old', 3)) as counted (outcome, events)
    """,
    "event_schema_drift": """
        select
            'llm_request' as event_type, 'output_tokens' as property, 'string' as json_type,
            16::bigint as events, 4::bigint as faults, 'type' as broken_rules
    """,
    "unrated_usage": """
        select
            'acme' as contract_id, 'tokens' as product_id, date '2026-01-01' as period_start,
            '{"model":"new"}' as pricing_group, 12.5::decimal(28, 10) as quantity,
            'no_rate' as reason
    """,
}


def _publish(home, *names):
    (home / "marts").mkdir()
    for name in names:
        duckdb.sql(f"copy ({MARTS[name]}) to '{home / 'marts' / name}.parquet' (format parquet)")


def _printed(home):
    console = Console(width=132, file=io.StringIO())
    report.show(console, Marts(home))
    return console.file.getvalue()


def test_all_sections(tmp_path):
    _publish(tmp_path, *MARTS)
    text = _printed(tmp_path)
    revenue = next(line for line in text.splitlines() if "all products" in line)
    assert revenue.split()[2:] == ["130.00", "0.00", "0.00", "0.00", "130.00"]
    assert re.search(r"paid from commits and credits +-30.00", text)
    assert re.search(r"to pay on 1 invoices +100.00", text)
    assert "USD 7.50 on 1 invoices" in text
    assert "older than 34 days" in text
    assert '{"model":"new"}' in text
    assert "████░░░░░░░░░░░░" in text


def test_marts_that_are_not_published_are_left_out(tmp_path):
    _publish(tmp_path, "invoices", "invoice_lines")
    text = _printed(tmp_path)
    assert "Revenue by product" in text
    assert "Commits and credits" not in text


def test_only_a_directory_of_the_demo_is_deleted(tmp_path):
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "raw_events").mkdir()
    with pytest.raises(DemoError, match="does not delete it"):
        fresh(foreign)
    own = tmp_path / "own"
    fresh(own)
    (own / "raw_events").mkdir()
    fresh(own)
    assert [path.name for path in own.iterdir()] == [MARKER]


def test_the_default_directory_is_beside_the_real_data(monkeypatch):
    monkeypatch.delenv("METERHOUSE_HOME", raising=False)
    assert demo_home().parts[-2:] == ("data", "demo")
    monkeypatch.setenv("METERHOUSE_HOME", str(demo_home().parent))
    assert demo_home().parts[-2:] == ("data", "demo")
    monkeypatch.setenv("METERHOUSE_HOME", "/somewhere/else")
    assert str(demo_home()) == "/somewhere/else"
