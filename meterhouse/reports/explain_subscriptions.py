"""The explanation of subscription lines."""

from meterhouse.reports.explain_case import Case, Section


def subscription(case: Case) -> list[Section]:
    """A charged part of a subscription, or what is given back of one (S-35a)."""
    line = case.line
    terms = case.section(
        "Subscription (S-34, S-35)",
        """
        select subscriptions.*, changes.effective_on, changes.quantity as quantity_from_then
        from book_subscriptions as subscriptions
        left join book_subscription_quantities as changes using (subscription_id)
        where subscriptions.contract_id = ? and subscriptions.product_id = ?
            and subscription_id = coalesce(?, subscription_id)
        order by subscription_id, effective_on
        """,
        case.header["contract_id"],
        line["product_id"],
        line["source_id"],
    )
    if line["quantity"] < 0:
        return [_given_back(case), terms]
    calculation = case.section(
        "How the amount comes about: full price × days charged / days of the full period",
        f"""
        select
            lines.quantity, lines.unit_price,
            cast(lines.quantity * lines.unit_price as decimal(38, 20)) as full_price,
            lines.service_end - lines.service_start as days_charged,
            periods.full_period_end - periods.full_period_start as days_of_full_period,
            lines.amount
        from {case.lines} as lines
        left join calendar.billing_periods as periods
            on periods.contract_id = ? and lines.service_start >= periods.period_start
            and lines.service_start < periods.period_end
        where line_number = ?
        """,
        case.header["contract_id"],
        line["line_number"],
        note="without proration any started period costs the full price",
    )
    return [calculation, terms]


def _given_back(case: Case) -> Section:
    """The invoiced part whose unused days a line gives back (S-35a)."""
    line = case.line
    return case.section(
        "How the amount comes about: charged amount × unused days / charged days (S-35a)",
        """
        select
            invoices.invoice_id, lines.line_number, lines.service_start, lines.service_end,
            lines.amount as charged_amount, lines.service_end - lines.service_start as charged_days,
            lines.service_end - greatest(lines.service_start, $start) as unused_days
        from ledger.invoice_lines as lines
        inner join ledger.invoices as invoices using (invoice_id)
        where lines.line_type = 'subscription' and invoices.invoice_type = 'scheduled'
            and invoices.contract_id = $contract and lines.source_id = $subscription
            and lines.product_id = $product and lines.quantity = -$quantity
            and lines.unit_price = $price
            and lines.service_start <= $start and lines.service_end >= $end
        order by invoices.sequence, lines.line_number
        """,
        {
            "contract": case.header["contract_id"],
            "subscription": line["source_id"],
            "product": line["product_id"],
            "quantity": line["quantity"],
            "price": line["unit_price"],
            "start": line["service_start"],
            "end": line["service_end"],
        },
        note="the end was written after the invoice; what an earlier end gave back is taken off",
    )
