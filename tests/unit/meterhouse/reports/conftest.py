"""Hand-made marts: a final invoice with every kind of line, a draft, a void one."""

from pathlib import Path

import duckdb
import pytest

INVOICES = """
select
    invoice_id, invoice_number, invoice_type, status, customer_id, customer_name, contract_id,
    currency, period_start::date as period_start, period_end::date as period_end,
    issue_on::date as issue_on, due_on::date as due_on, finalizes_at::timestamptz as finalizes_at,
    finalized_at::timestamptz as finalized_at, subtotal::decimal(20, 4) as subtotal,
    credits_applied::decimal(20, 4) as credits_applied, total::decimal(20, 4) as total
from (values
    ('acme-1.usage.2025-01-01', 'INV-000012', 'usage', 'finalized', 'acme', 'Acme Robotics GmbH',
     'acme-1', 'USD', '2025-01-01', '2025-02-01', '2025-02-01', '2025-03-03',
     '2025-02-02 00:00:00+00', '2025-02-02 01:00:00+00', 1358.35, -100, 1258.35),
    ('acme-1.usage.2025-02-01', null, 'usage', 'draft', 'acme', 'Acme Robotics GmbH',
     'acme-1', 'USD', '2025-02-01', '2025-03-01', '2025-03-01', '2025-03-31',
     '2025-03-02 00:00:00+00', null, 0, 0, 0),
    ('yen-1.usage.2025-01-01', 'INV-000013', 'usage', 'void', 'yen', 'Yen KK',
     'yen-1', 'JPY', '2025-01-01', '2025-02-01', '2025-02-01', '2025-03-03',
     '2025-02-02 00:00:00+00', '2025-02-02 00:00:00+00', 1500, 0, 1500)
) as rows (
    invoice_id, invoice_number, invoice_type, status, customer_id, customer_name, contract_id,
    currency, period_start, period_end, issue_on, due_on, finalizes_at, finalized_at, subtotal,
    credits_applied, total
)
"""

LINES = """
select
    invoice_id, line_number::integer as line_number, line_type, product_id, product_name,
    'm' as metric, 1::integer as metric_version, pricing_group, tier::integer as tier,
    service_start::date as service_start, service_end::date as service_end,
    quantity::decimal(28, 10) as quantity, unit_price::decimal(20, 10) as unit_price,
    list_unit_price::decimal(20, 10) as list_unit_price, amount::decimal(20, 4) as amount,
    amount::decimal(20, 4) as list_amount, pricing_unit, 'r1' as rate_id,
    null::varchar as override_id, commit_id, segment::integer as segment,
    null::varchar as corrects_invoice_id
from (values
    ('acme-1.usage.2025-01-01', 1, 'usage', 'tokens', 'Tokens of language models',
     '{"model":"gpt-a","region":null}', 1, '2025-01-01', '2025-01-16', 1234567.5, 0.001,
     0.002, 1234.57, 'USD', null, null),
    ('acme-1.usage.2025-01-01', 2, 'composite', 'support', 'Support',
     '{}', null, '2025-01-01', '2025-02-01', 1234.57, 0.1, 0.1, 123.46, 'USD', null, null),
    ('acme-1.usage.2025-01-01', 3, 'scheduled', 'setup', 'Set-up of ' || repeat('a long name ', 12),
     '{}', null, '2025-01-05', '2025-01-05', 1, 0.32, null, 0.32, 'USD', null, null),
    ('acme-1.usage.2025-01-01', 4, 'usage', 'gpu', 'GPU hours',
     '{}', null, '2025-01-01', '2025-02-01', 3, 2, 2, 6, 'credits', null, null),
    ('acme-1.usage.2025-01-01', 5, 'commit_applied', 'commit', 'Prepaid commit',
     '{}', null, '2025-01-01', '2025-02-01', 1, -100, null, -100, 'USD', 'com-1', 2),
    ('yen-1.usage.2025-01-01', 1, 'usage', 'tokens', 'Tokens',
     '{}', null, '2025-01-01', '2025-02-01', 1000, 1.5, 1.5, 1500, 'JPY', null, null)
) as rows (
    invoice_id, line_number, line_type, product_id, product_name, pricing_group, tier,
    service_start, service_end, quantity, unit_price, list_unit_price, amount, pricing_unit,
    commit_id, segment
)
"""

BREAKDOWNS = """
select
    'acme-1.usage.2025-01-01' as invoice_id, 1::integer as line_number, presentation_group,
    quantity::decimal(28, 10) as quantity, amount::decimal(20, 4) as amount
from (values
    ('{"user_id":"ann"}', 1000000, 1000), ('{"user_id":null}', 234567.5, 234.57)
) as rows (presentation_group, quantity, amount)
"""

UNRATED = """
select
    'acme-1' as contract_id, 'calls' as product_id, date '2025-01-01' as period_start,
    '{"region":"eu"}' as pricing_group, 7::decimal(28, 10) as quantity, 'no_rate' as reason
"""


@pytest.fixture
def marts(tmp_path: Path) -> Path:
    """$HOME/marts, a link to a folder, as the warehouse publishes them."""
    folder = tmp_path / ".marts" / "1"
    books = tmp_path / "price_books" / "digest"
    for path in (folder, books):
        path.mkdir(parents=True)
    queries = {
        folder / "invoices.parquet": INVOICES,
        folder / "invoice_lines.parquet": LINES,
        folder / "invoice_line_breakdowns.parquet": BREAKDOWNS,
        folder / "unrated_usage.parquet": UNRATED,
        books / "pricing_units.parquet": "select * from (values ('USD', 2), ('JPY', 0), "
        "('credits', 1)) as units (pricing_unit, decimals)",
    }
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        for path, query in queries.items():
            con.execute(f"copy ({query}) to '{path}' (format parquet)")
    link = tmp_path / "marts"
    link.symlink_to(Path(".marts") / "1")
    return link
