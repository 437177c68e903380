"""Invoices and credit notes, as the ledger has them: they happen once and never change."""

from meterhouse.delivery.events.event import Event, instant

_INVOICE = """
    select
        [invoice_id] as identity,
        'invoice:' || invoice_id as subject,
        customer_id,
        {occurred_at} as occurred_at,
        json_object(
            'invoice_id', invoice_id,
            'invoice_number', invoice_number,
            'invoice_type', invoice_type,
            'customer_id', customer_id,
            'contract_id', contract_id,
            'currency', currency,
            'total', total::varchar,
            {more}
        ) as data
    from {{invoices}}
    where {occurred_at} is not null
"""

EVENTS = (
    Event(
        "invoice.finalized",
        "an invoice has become final: it has its number and never changes",
        _INVOICE.format(
            occurred_at="finalized_at",
            more="'period_start', period_start, 'period_end', period_end,"
            " 'issue_on', issue_on, 'due_on', due_on",
        ),
    ),
    Event(
        "invoice.voided",
        "a final invoice has been taken back (`meterhouse void`)",
        _INVOICE.format(occurred_at="voided_at", more=f"'voided_at', {instant('voided_at')}"),
        # A void is published at once, beside what the run before it computed.
        at_once=True,
    ),
    Event(
        "credit_note.created",
        "the credit note of a void invoice has its number",
        """
        select
            [credit_note_number] as identity,
            'invoice:' || invoice_id as subject,
            customer_id,
            voided_at as occurred_at,
            json_object(
                'credit_note_number', credit_note_number,
                'invoice_id', invoice_id,
                'invoice_number', invoice_number,
                'customer_id', customer_id,
                'contract_id', contract_id,
                'currency', currency,
                'total', total::varchar,
                'issue_on', issue_on
            ) as data
        from {credit_notes}
        """,
        at_once=True,
    ),
)
