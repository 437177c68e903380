"""What a billing provider has of an invoice (S-71).

From the log of deliveries itself, so that nobody waits for the next run.
"""

from meterhouse.delivery.events.event import Event

# Of an invoice, in all messages of what becomes of it.
INVOICE = """
            'invoice_id', invoices.invoice_id,
            'invoice_number', invoices.invoice_number,
            'customer_id', invoices.customer_id,
            'contract_id', invoices.contract_id,
            'currency', invoices.currency,
            'total', invoices.total::varchar,
"""
# Attempts to bring an invoice, or its void, to a provider.
_ATTEMPTS = """
        from deliveries as attempts
        inner join (
            select distinct message_id, message_type, subject
            from deliveries where record = 'message'
        ) as sent on attempts.message_id = sent.message_id
        inner join {{invoices}} as invoices
            on sent.subject = concat(
                'provider:', split_part(sent.message_type, '.', 2), ':', invoices.invoice_id
            )
        where
            attempts.record = 'attempt' and starts_with(attempts.target, 'provider:')
            and {condition}
"""
_SENT = "attempts.outcome = 'delivered' and ends_with(sent.message_type, '.invoice')"


EVENTS = (
    Event(
        "invoice.sent",
        "the billing provider has an invoice: final there or, by `send_drafts_only`, as a draft",
        f"""
        select
            [invoices.invoice_id] as identity,
            'invoice:' || invoices.invoice_id as subject,
            invoices.customer_id,
            attempts.recorded_at as occurred_at,
            json_object({INVOICE}
                'provider', split_part(sent.message_type, '.', 2),
                'provider_invoice_id', split_part(attempts.detail, ',', 1)
            ) as data
        {_ATTEMPTS.format(condition=_SENT)}
        qualify row_number() over (
            partition by invoices.invoice_id order by attempts.recorded_at, attempts.message_id
        ) = 1
        """,
        at_once=True,
    ),
    Event(
        "invoice.delivery_failed",
        "an invoice or its void did not get to the billing provider: given up (dead), or held for a"
        " person; sent to endpoints that are for no single customer",
        f"""
        select
            [attempts.message_id, attempts.target, attempts.attempt::varchar] as identity,
            'invoice:' || invoices.invoice_id as subject,
            null::varchar as customer_id,
            attempts.recorded_at as occurred_at,
            json_object({INVOICE}
                'provider', split_part(sent.message_type, '.', 2),
                'what', split_part(sent.message_type, '.', 3),
                'outcome', attempts.outcome,
                'detail', attempts.detail,
                'message_id', attempts.message_id
            ) as data
        {_ATTEMPTS.format(condition="attempts.outcome in ('dead', 'held')")}
        """,
        at_once=True,
    ),
)
