"""The lists that a customer may read: one query each, over what is its own, in a total order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from meterhouse.server.customers.own import Own
from meterhouse.server.reading.parameters import Asked
from meterhouse.server.reading.reader import Row

STATUSES = ("draft", "finalized", "void")
# Reads a parameter of that name; each is null where it was not given.
Read = Callable[[Asked, str], Any]


def _day(asked: Asked, name: str) -> Any:
    found = asked.instant(name)
    return None if found is None else found.date()


def _text(asked: Asked, name: str) -> Any:
    return asked.text(name)


def _status(asked: Asked, name: str) -> Any:
    return asked.choice(name, STATUSES)


@dataclass(frozen=True)
class List:
    """`query` gives the rows that `asks` narrows; `of`: a row, in words; `groups`: JSON columns."""

    of: str
    query: str
    asks: dict[str, Read] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    def rows(self, own: Own, asked: dict[str, Any], rows: int, skip: int) -> list[Row]:
        """So many rows behind the first `skip`."""
        query = f"{self.query} limit $rows offset $skip"
        return own.rows(query, {**asked, "rows": rows, "skip": skip})

    def columns(self, own: Own) -> list[str]:
        """The names of its columns, also where there is no row."""
        nothing = dict.fromkeys((*self.asks, "rows", "skip"))
        return own.columns(f"{self.query} limit $rows offset $skip", {**nothing, "rows": 0})

    def asked(self, asked: Asked) -> dict[str, Any]:
        """The parameters as the query takes them. Raises Refused (400)."""
        return {name: read(asked, name) for name, read in self.asks.items()}


_DAYS: dict[str, Read] = {"starting_on": _day, "ending_before": _day}
_INVOICE: dict[str, Read] = {"invoice_id": _text}
LISTS = {
    "usage": List(
        "metric, group of its keys and day: what was used on that day alone",
        """
        select usage_date, metric, metric_version, contract_id, "group", quantity
        from {usage_daily}
        where coalesce(usage_date >= $starting_on, true)
            and coalesce(usage_date < $ending_before, true)
            and coalesce(metric = $metric, true)
        order by usage_date, metric, metric_version, contract_id, "group"
        """,
        {**_DAYS, "metric": _text},
        ("group",),
    ),
    "spend": List(
        "invoice line, product, group and day: what of the line is of that day, before balances, "
        "and what balances paid of it; void invoices are left out",
        """
        select
            service_on, contract_id, currency, invoice_id, invoice_number, status, line_number,
            line_type, product_id, product_name, pricing_group, presentation_group, pricing_unit,
            amount, paid_by_balances
        from {spend_daily}
        where status <> 'void'
            and coalesce(service_on >= $starting_on, true)
            and coalesce(service_on < $ending_before, true)
            and coalesce(product_id = $product_id, true)
        order by
            service_on, invoice_id, line_number, product_id, pricing_group, presentation_group
        """,
        {**_DAYS, "product_id": _text},
        ("pricing_group", "presentation_group"),
    ),
    "invoices": List(
        "invoice: drafts as they stand, final and void ones; the latest first",
        """
        select
            invoice_id, invoice_number, invoice_type, status, contract_id, currency, period_start,
            period_end, issue_on, due_on, finalized_at, subtotal, credits_applied, total,
            payment_status, amount_received, amount_due, voided_at, void_reason, replaced_by
        from {invoices}
        where coalesce(status = $status, true)
            and coalesce(issue_on >= $starting_on, true)
            and coalesce(issue_on < $ending_before, true)
            and coalesce(invoice_id = $invoice_id, true)
        order by issue_on desc, invoice_id
        """,
        {**_DAYS, "status": _status, **_INVOICE},
    ),
    "invoice-lines": List(
        "invoice line",
        """
        select
            invoice_id, line_number, line_type, product_id, product_name, metric, pricing_group,
            tier, service_start, service_end, quantity, unit_price, list_unit_price, flat_fee,
            minimum_applied, maximum_applied, amount, pricing_unit, converted_unit, commit_id,
            corrects_invoice_id
        from {invoice_lines}
        where coalesce(invoice_id = $invoice_id, true)
        order by invoice_id, line_number
        """,
        _INVOICE,
        ("pricing_group",),
    ),
    "invoice-breakdowns": List(
        "invoice line and presentation group: whose part of the line it is",
        """
        select invoice_id, line_number, presentation_group, quantity, amount
        from {invoice_line_breakdowns}
        where coalesce(invoice_id = $invoice_id, true)
        order by invoice_id, line_number, presentation_group
        """,
        _INVOICE,
        ("presentation_group",),
    ),
    "balances": List(
        "commit or credit and segment of its access: what is granted, used and left, and when it "
        "runs out at the pace of the last 30 days",
        """
        with paces as (
            select
                commit_id, segment, max(daily_pace) as daily_pace, max(runs_out_on) as runs_out_on
            from {commit_burndown} group by all
        )
        select
            balances.contract_id, commit_id, commits.name, segment, balances.type,
            balances.pricing_unit, balances.starting_on, balances.ending_before, balances.granted,
            (balances.applied_finalized + balances.applied_draft)::decimal(20, 4) as used,
            balances.expired, balances.remaining, paces.daily_pace, paces.runs_out_on,
            balances.payment
        from {commit_balances} as balances
        left join {book.commits} as commits using (commit_id)
        left join paces using (commit_id, segment)
        order by balances.starting_on, commit_id, segment
        """,
    ),
    "forecasts": List(
        "open period and thing that is forecast (a product, the spend before balances, the total "
        "to pay, what a commit gives): an estimate of what it comes to at its end, never an "
        "invoice; one of ten is expected below `amount_low`, one above `amount_high`",
        """
        select
            contract_id, period_start, period_end, kind, product_id, commit_id, segment,
            pricing_unit, quantity_so_far, quantity_low, quantity_middle, quantity_high,
            amount_so_far, amount_low, amount_middle, amount_high, granted, exceeds, exceeds_on,
            as_of as forecast_as_of
        from {forecasts}
        order by period_start, contract_id, kind, product_id, commit_id, segment, pricing_unit
        """,
    ),
    "alerts": List(
        "alert that fired or resolved, the latest first",
        """
        select
            occurred_at, alert_id, change, contract_id, kind, metric, pricing_group, pricing_unit,
            period_start, period_end, threshold, value
        from {alert_events}
        order by occurred_at desc, alert_event_id
        """,
    ),
}
