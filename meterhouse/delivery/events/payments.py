"""What a provider has of an invoice, and what became of its money (S-71, S-72).

From the logs themselves, so that nobody waits for the next run; what is overdue a publication says.
"""

from meterhouse.delivery.events.event import Event, midnight
from meterhouse.payments.log import payments_table
from meterhouse.payments.statuses import TERMINAL
from meterhouse.server.reading.reader import Reader

_INVOICE = """
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
_PAYMENTS = """
        from payments
        inner join {{invoices}} as invoices on payments.invoice_id = invoices.invoice_id
        where payments.status = '{status}'
"""
_PAYMENT = f"""
        json_object({_INVOICE}
            'amount', payments.amount::varchar,
            'provider', payments.provider,
            'detail', payments.detail
        ) as data
"""
_TERMINAL = ", ".join(f"'{name}'" for name in TERMINAL)


def view_payments(reader: Reader) -> None:
    """A view `payments` of the log of payments. Raises LogDamaged."""
    source = payments_table(reader.home).source()
    reader.con.execute(f"create or replace temp view payments as from {source}")


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
            json_object({_INVOICE}
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
            json_object({_INVOICE}
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
    Event(
        "invoice.paid",
        "an invoice is paid; once, also if a dispute is won later",
        f"""
        select
            [invoices.invoice_id] as identity,
            'invoice:' || invoices.invoice_id as subject,
            invoices.customer_id,
            payments.occurred_at,
            {_PAYMENT}
        {_PAYMENTS.format(status="paid")}
        qualify row_number() over (
            partition by invoices.invoice_id
            order by payments.occurred_at, payments.provider, payments.event_id
        ) = 1
        """,
        at_once=True,
    ),
    Event(
        "invoice.payment_failed",
        "a payment of an invoice has failed; once for each attempt",
        f"""
        select
            [payments.provider, payments.event_id] as identity,
            'invoice:' || invoices.invoice_id as subject,
            invoices.customer_id,
            payments.occurred_at,
            {_PAYMENT}
        {_PAYMENTS.format(status="payment_failed")}
        qualify row_number() over (
            partition by payments.provider, payments.event_id order by payments.received_at
        ) = 1
        """,
        at_once=True,
    ),
    Event(
        "invoice.overdue",
        "the day after an invoice was due has come and nothing ended the matter; of invoices that a"
        " provider has or of whose money something is known",
        f"""
        select
            [invoices.invoice_id] as identity,
            'invoice:' || invoices.invoice_id as subject,
            invoices.customer_id,
            {midnight("invoices.due_on + 1")} as occurred_at,
            json_object({_INVOICE}
                'due_on', invoices.due_on,
                'payment_status', invoices.payment_status
            ) as data
        from {{invoices}} as invoices
        anti join (select * from payments where status in ({_TERMINAL})) as ended
            on invoices.invoice_id = ended.invoice_id
        where
            invoices.status = 'finalized' and invoices.total > 0
            and (invoices.sent_at is not null or invoices.payment_status is not null)
        """,
    ),
)
