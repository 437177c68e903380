"""Lines as they are invoiced now against lines as they would be, in the scratch warehouse.

A line is told by invoice, product, pricing group, tier and what it is; its slices are summed up.
What is invoiced now is what the marts say, line by line: late usage (S-43), and what balances paid
of it, stand on the invoice that carries them, also where the preview meters it in its own period.
"""

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from meterhouse.preview.question import Question
from meterhouse.preview.reopen import COMPARED

if TYPE_CHECKING:
    from datetime import date

# One invoice whatever its revision: by contract, type and the date it is for.
SIDES = f"""
    create or replace table preview.invoices as
    select
        contract_id,
        invoice_type,
        coalesce(period_start, issue_on) as invoiced_for,
        coalesce(max(period_end), max(issue_on)) as invoiced_to,
        arg_min(invoice_id, side) as invoice_id,
        arg_min(customer_id, side) as customer_id,
        arg_min(customer_name, side) as customer_name,
        arg_min(currency, side) as currency,
        arg_min(status, side) as status,
    from (
        select 1 as side, invoice_id, contract_id, invoice_type, customer_id, customer_name,
            currency, period_start, period_end, issue_on, status,
        from preview.invoices_now
        where status = 'draft' or invoice_id in (from preview.reopened)
        union all
        select 2 as side, invoice_id, contract_id, invoice_type, customer_id, customer_name,
            currency, period_start, period_end, issue_on, 'draft' as status,
        from invoices.draft_invoices
        semi join preview.contracts using (contract_id)
    )
    group by all;

    create or replace table preview.sides as
    select 'now' as side, lines.*, invoices.contract_id, invoices.invoice_type,
        coalesce(invoices.period_start, invoices.issue_on) as invoiced_for,
    from preview.lines_now as lines
    inner join preview.invoices_now as invoices using (invoice_id)
    where invoices.status = 'draft' or invoice_id in (from preview.reopened)
    union all by name
    select 'preview' as side, {COMPARED},
        invoices.contract_id, invoices.invoice_type,
        coalesce(invoices.period_start, invoices.issue_on) as invoiced_for,
    from invoices.draft_lines as lines
    inner join invoices.draft_invoices as invoices using (invoice_id)
    semi join preview.contracts as asked on invoices.contract_id = asked.contract_id
"""

LINES = """
    create or replace table preview.lines as
    with placed as (
        select * exclude (metric_version), metric || ' v' || metric_version as metric_version,
        from preview.sides
    )
    select
        invoices.customer_id,
        invoices.customer_name,
        placed.contract_id,
        invoices.invoice_id,
        invoices.status,
        placed.invoice_type,
        placed.invoiced_for,
        invoices.invoiced_to,
        placed.line_type,
        placed.product_id,
        max(placed.product_name) as product_name,
        placed.pricing_group,
        placed.tier,
        placed.commit_id,
        placed.segment,
        placed.pricing_unit,
        placed.pricing_unit = invoices.currency as is_money,
        max(metric_version) filter (where side = 'now') as metric_now,
        max(metric_version) filter (where side = 'preview') as metric_preview,
        coalesce(sum(quantity) filter (where side = 'now'), 0)::decimal(28, 10) as quantity_now,
        coalesce(sum(quantity) filter (where side = 'preview'), 0)::decimal(28, 10)
            as quantity_preview,
        coalesce(sum(amount) filter (where side = 'now'), 0)::decimal(20, 4) as amount_now,
        coalesce(sum(amount) filter (where side = 'preview'), 0)::decimal(20, 4)
            as amount_preview,
        (amount_preview - amount_now)::decimal(20, 4) as difference,
    from placed
    inner join preview.invoices as invoices using (contract_id, invoice_type, invoiced_for)
    where $start::date is null
        or (invoice_type = 'usage' and invoiced_for < $end and invoiced_to > $start)
        -- A true-up stands on the day after what it is about.
        or (invoice_type = 'true_up' and invoiced_for > $start and invoiced_for <= $end)
        or (
            invoice_type not in ('usage', 'true_up')
            and invoiced_for >= $start and invoiced_for < $end
        )
    group by all
"""

# Amounts of two currencies do not compare: the largest of each come first, then the second ones.
ORDERED = """
    from preview.lines
    order by
        row_number() over (
            partition by pricing_unit
            order by abs(difference) desc, customer_id, contract_id, invoiced_for, invoice_type,
                line_type, product_id, pricing_group, tier, commit_id, segment
        ),
        pricing_unit
"""

CUSTOMERS = """
    select customer_id, customer_name, pricing_unit,
        count(distinct (invoice_id)) filter (where difference <> 0) as invoices_changed,
        sum(amount_now)::decimal(20, 4) as amount_now,
        sum(amount_preview)::decimal(20, 4) as amount_preview,
        sum(difference)::decimal(20, 4) as difference,
    from preview.lines
    where is_money
    group by customer_id, customer_name, pricing_unit
    order by
        row_number() over (
            partition by pricing_unit order by abs(sum(difference)) desc, customer_id
        ),
        pricing_unit
"""

TOTALS = """
    select status, pricing_unit,
        count(distinct (invoice_id)) as invoices,
        count(distinct (invoice_id)) filter (where difference <> 0) as invoices_changed,
        sum(amount_now)::decimal(20, 4) as amount_now,
        sum(amount_preview)::decimal(20, 4) as amount_preview,
        sum(difference)::decimal(20, 4) as difference,
    from preview.lines
    where is_money
    group by status, pricing_unit
    order by status desc, pricing_unit
"""


def compare(con: duckdb.DuckDBPyConnection, question: Question) -> None:
    """Write `preview.lines`: one row per line that is there now or would be."""
    month = question.month
    parameters: dict[str, date | None] = {
        "start": month.start if month else None,
        "end": month.end if month else None,
    }
    con.execute(SIDES)
    con.execute(LINES, parameters)


def comparison(con: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """`totals` by status and currency, `customers`, `lines`; largest changes first."""
    return {
        "totals": con.sql(TOTALS).to_arrow_table(),
        "customers": con.sql(CUSTOMERS).to_arrow_table(),
        "lines": con.sql(ORDERED).to_arrow_table(),
    }
