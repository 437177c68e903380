"""What is looked at before a month is closed: what refuses it, and what a person may accept (S-82).

All of it is read from the warehouse as the last run left it, under the run's lock.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from meterhouse.common.instants import instant_text
from meterhouse.payments.log import payments_table
from meterhouse.payments.warehouse_rows import read_version
from meterhouse.warehouse.database import table_exists
from raw_events.log.creation import newest_version

GRACE = timedelta(hours=24)


@dataclass
class Checklist:
    """What stands against closing a month: `refused` whatever anybody says, `open` unless accepted.

    `checked`: a line for each thing that was looked at.
    """

    refused: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    checked: list[tuple[str, str]] = field(default_factory=list)

    def note(self, what: str, found: str, refuses: bool = False) -> None:
        """`found`: a sentence of what is wrong; empty where nothing is."""
        self.checked.append((what, found or "as it should be"))
        if found:
            (self.refused if refuses else self.open).append(found)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def look(con: duckdb.DuckDBPyConnection, home: Path, month: date, as_of: datetime) -> Checklist:
    """The checklist of `month` (its first day) at `as_of`."""
    found = Checklist()
    found.note("order of months", _order(con, month), refuses=True)
    found.note("end of the month", _ended(month, as_of), refuses=True)
    found.note("last run", _last_run(con, month), refuses=True)
    if found.refused:
        # Nothing else could be said for sure.
        return found
    found.note("contracts on hold", _held(con), refuses=True)
    found.note("news since the last run", _news(con, home))
    found.note("usage without a rate", _unrated(con, next_month(month)))
    found.note("invoices not delivered", _undelivered(con, next_month(month)))
    found.note("what providers have otherwise", _providers(con))
    return found


def _order(con: duckdb.DuckDBPyConnection, month: date) -> str:
    [(last,)] = con.execute("select max(month) from inputs.closed_months").fetchall()
    if last and month <= last:
        return f"{month:%Y-%m} is closed already. See it with: meterhouse close show {month:%Y-%m}"
    [(first,)] = con.execute(
        "select min(month) from revenue.journal where month > coalesce(?, date '0001-01-01')",
        [last],
    ).fetchall()
    due = next_month(last) if last else first
    if due and due < month:
        return f"{due:%Y-%m} is not closed yet; close months in their order, that one first."
    return ""


def _ended(month: date, as_of: datetime) -> str:
    end = datetime.combine(next_month(month), datetime.min.time(), as_of.tzinfo) + GRACE
    if as_of >= end:
        return ""
    return (
        f"{month:%Y-%m} can be closed from {instant_text(end)} on, 24 hours after its end, when its"
        " invoices are final (S-43)."
    )


def _last_run(con: duckdb.DuckDBPyConnection, month: date) -> str:
    again = "Do it with: meterhouse run"
    noted = (
        table_exists(con, "inputs", "rated_run")
        and con.execute(
            "select rated.as_of from inputs.rated_run as rated "
            "inner join inputs.run as run on rated.as_of = run.as_of"
        ).fetchall()
    )
    if not noted:
        return f"The last run has not come to its end, so its books do not stand. {again}"
    return _ended(month, noted[0][0]) and f"The last run was before that moment. {again}"


def _held(con: duckdb.DuckDBPyConnection) -> str:
    held = con.execute("select distinct contract_id from calendar.contracts_on_hold order by all")
    names = [name for (name,) in held.fetchall()]
    if not names:
        return ""
    return (
        f"On hold: {', '.join(names[:5])}{' …' if len(names) > 5 else ''} ({len(names)}). What they"
        " earned is not known; mart held_contracts says why (S-52)."
    )


def _news(con: duckdb.DuckDBPyConnection, home: Path) -> str:
    [(log, as_of)] = con.execute("select log_version, as_of from inputs.run").fetchall()
    [(voids,)] = con.execute(
        "select count(*) from ledger.voids where voided_at > ?", [as_of]
    ).fetchall()
    news = [
        what
        for what, is_new in (
            ("events", newest_version(home / "raw_events" / "_delta_log") > log),
            ("voids", bool(voids)),
            ("payments", payments_table(home).version() > read_version(con)),
        )
        if is_new
    ]
    return (
        news and f"Since the last run came: {', '.join(news)}. See them with: meterhouse run"
    ) or ""


def _unrated(con: duckdb.DuckDBPyConnection, end: date) -> str:
    [(rows,)] = con.execute(
        "select count(*) from marts.unrated_usage where period_start < ? and reason = 'no_rate'",
        [end],
    ).fetchall()
    return (rows and f"Usage without a rate in {rows} rows of mart unrated_usage (S-23).") or ""


def _undelivered(con: duckdb.DuckDBPyConnection, end: date) -> str:
    [(rows,)] = con.execute(
        """
        select count(*)
        from marts.invoices as invoices
        inner join price_book.billing_accounts as accounts using (customer_id)
        inner join inputs.run as run on accounts.price_book = run.price_book
        where invoices.status = 'finalized' and invoices.issue_on < ? and invoices.sent_at is null
            and invoices.invoice_number is not null and accounts.provider is not null
            and invoices.issue_on >= accounts.starting_on
        """,
        [end],
    ).fetchall()
    return (
        rows
        and f"{rows} final invoices were not sent to their provider: meterhouse deliveries (S-71)."
    ) or ""


def _providers(con: duckdb.DuckDBPyConnection) -> str:
    [(rows,)] = con.execute("select count(*) from marts.provider_reconciliation").fetchall()
    return (rows and f"{rows} rows in mart provider_reconciliation (S-72).") or ""
