"""What changes on the drafts when the events of a cost preview are counted, from the scratch."""

from typing import Any

import duckdb

from meterhouse.common.model_sql import macro_sql
from meterhouse.preview.compare import ORDERED
from meterhouse.preview.errors import PreviewFailed

# Contracts that the answer is about: of the customers whose events are asked about.
CONTRACTS = """
    create or replace table preview.contracts as
    select distinct contracts.contract_id
    from price_book.contracts as contracts
    inner join inputs.run as run using (price_book)
    where coalesce(contracts.contract_id = $contract, true)
        and contracts.customer_id in (
            select identities.customer_id
            from events.customer_identities as identities
            inner join inputs.run as run using (price_book)
            inner join read_parquet($file) as sent on sent.customer_id = identities.sent_id
        )
"""
REOPENED = "create or replace table preview.reopened (invoice_id varchar)"

BEFORE = """
    create or replace table preview.totals_now as
    select invoices.invoice_id, invoices.subtotal, invoices.credits_applied, invoices.total
    from preview.invoices_now as invoices where invoices.status = 'draft';
    create or replace table preview.balances_now as
    select balances.* from marts.commit_balances as balances
    semi join preview.contracts using (contract_id)
"""

# A contract that cannot be computed with these events has no draft to compare with (S-52).
HELD = """
    select contract_id, min(reason) as reason
    from calendar.contracts_on_hold
    semi join preview.contracts using (contract_id)
    group by contract_id
    order by contract_id
"""

INVOICES = """
    select
        invoices.customer_id, invoices.contract_id, invoices.invoice_id, invoices.invoice_type,
        invoices.invoiced_for as starting_on, invoices.invoiced_to as ending_before,
        invoices.currency,
        coalesce(now.subtotal, 0)::decimal(20, 4) as subtotal_before,
        coalesce(after.subtotal, 0)::decimal(20, 4) as subtotal_after,
        coalesce(-now.credits_applied, 0)::decimal(20, 4) as paid_by_balances_before,
        coalesce(-after.credits_applied, 0)::decimal(20, 4) as paid_by_balances_after,
        coalesce(now.total, 0)::decimal(20, 4) as total_before,
        coalesce(after.total, 0)::decimal(20, 4) as total_after,
        (total_after - total_before)::decimal(20, 4) as difference,
    from preview.invoices as invoices
    left join preview.totals_now as now using (invoice_id)
    left join (
        select * from invoices.draft_invoices
        semi join preview.contracts using (contract_id)
    ) as after using (invoice_id)
    where now.total is distinct from after.total
        or invoices.invoice_id in (select invoice_id from preview.lines where {changed})
    order by invoices.customer_id, invoices.contract_id, invoices.invoiced_for, invoice_id
"""
CHANGED = "(difference <> 0 or quantity_now <> quantity_preview)"

# The lines of an invoice in its currency add up to what its total changes by.
UNEXPLAINED = """
    select invoices.invoice_id
    from ({invoices}) as invoices
    left join preview.lines as lines on invoices.invoice_id = lines.invoice_id and lines.is_money
    group by invoices.invoice_id, invoices.difference
    having coalesce(sum(lines.difference), 0) <> invoices.difference
"""

BALANCES = """
    select
        after.contract_id, after.commit_id, after.segment, after.type, after.pricing_unit,
        coalesce(now.remaining, 0)::decimal(20, 4) as remaining_before,
        after.remaining as remaining_after,
        (after.remaining - coalesce(now.remaining, 0))::decimal(20, 4) as difference,
    from marts.commit_balances as after
    semi join preview.contracts as asked on after.contract_id = asked.contract_id
    left join preview.balances_now as now using (commit_id, segment)
    where after.remaining <> coalesce(now.remaining, 0)
    order by all
"""

# S-8, S-9, S-23, S-43: the words of event_outcomes, and two more.
OUTCOMES = """
    with sent as (
        select position as row, transaction_id, customer_id, event_type, event_date, repeat_kind
        from events.landed_events where log_version = $version
    ),

    owned as (
        select sent.*, identities.customer_id as owner_id, run.price_book,
            event_date > run.as_of::date as is_ahead,
        from sent
        cross join inputs.run as run
        left join events.customer_identities as identities
            on run.price_book = identities.price_book
            and sent.customer_id = identities.sent_id
            and {holds}
    ),

    placed as (
        select
            owned.row,
            max(owned.transaction_id) as transaction_id,
            max(owned.repeat_kind) as repeat_kind,
            bool_or(owned.owner_id is not null) as is_matched,
            bool_or(owned.is_ahead) as is_ahead,
            bool_or(contracts.contract_id is not null) as is_in_contract,
            bool_or(contracts.contract_id is not null and finals.invoice_id is null) as is_in_time,
            bool_or(contracts.contract_id is not null and unfed.contract_id is null) as is_sold,
        from owned
        left join price_book.contracts as contracts
            on owned.price_book = contracts.price_book
            and owned.owner_id = contracts.customer_id
            and owned.event_date >= contracts.starting_on
            and owned.event_date < coalesce(contracts.ending_before, owned.event_date + 1)
        left join ledger.invoices as finals
            on contracts.late_usage = 'report'
            and contracts.contract_id = finals.contract_id
            and finals.invoice_type = 'usage'
            and finals.status = 'finalized'
            and owned.event_date >= finals.period_start
            and owned.event_date < finals.period_end
        left join calendar.billing_periods as periods
            on contracts.contract_id = periods.contract_id
            and owned.event_date >= periods.period_start
            and owned.event_date < periods.period_end
        left join marts.unbilled_event_types as unfed
            on periods.contract_id = unfed.contract_id
            and periods.period_start = unfed.period_start
            and owned.event_type = unfed.event_type
        group by owned.row
    )

    select
        row,
        transaction_id,
        case
            when repeat_kind is not null then repeat_kind
            when not is_matched then 'unmatched'
            when not is_in_contract then 'outside_contract'
            when not is_in_time then 'late_reported'
            when is_ahead then 'after_today'
            when not is_sold then 'no_product'
            else 'metered'
        end as outcome,
    from placed
    order by row
"""


def note_before(con: duckdb.DuckDBPyConnection) -> None:
    """Keep the totals and balances of `preview.contracts` as they are published."""
    con.execute(BEFORE)


def leave_held_out(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Contract → why it is held with these events, or was before; the answer is of the others."""
    held = dict(con.execute(HELD).fetchall())
    for table in ("contracts", "invoices_now"):
        con.execute(
            f"delete from preview.{table} where contract_id in (select unnest($1::varchar[]))",
            [list(held)],
        )
    return held


def changed_lines(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Lines of `preview.lines` that change; largest differences first."""
    return [_as_before_and_after(row) for row in _rows(con.sql(ORDERED).filter(CHANGED))]


def changed_invoices(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Drafts that change, with their totals. Raises PreviewFailed if lines do not explain them."""
    query = INVOICES.format(changed=CHANGED)
    unexplained = con.execute(UNEXPLAINED.format(invoices=query)).fetchall()
    if unexplained:
        raise PreviewFailed(
            f"The lines of {unexplained[0][0]} do not add up to what its total changes by; that "
            "must not be. Report it."
        )
    return _rows(con.sql(query))


def changed_balances(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Balances that have less or more left."""
    return _rows(con.sql(BALANCES))


def outcomes(con: duckdb.DuckDBPyConnection, version: int) -> list[dict[str, Any]]:
    """Row, transaction_id and outcome of each event that was counted or not."""
    holds = macro_sql("holds_on('identities', 'sent.event_date')")
    return _rows(con.sql(OUTCOMES.format(holds=holds), params={"version": version}))


def _rows(found: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = found.to_arrow_table().to_pylist()
    return rows


def _as_before_and_after(row: dict[str, Any]) -> dict[str, Any]:
    left_out = ("customer_name", "status", "is_money", "metric_now", "metric_preview")
    named = {
        name.replace("_now", "_before").replace("_preview", "_after"): value
        for name, value in row.items()
        if name not in left_out
    }
    return {**named, "metric": row["metric_preview"] or row["metric_now"]}
