"""What became of an invoice's money (S-72).

From the log itself, so that nobody waits for the next run; what is overdue a publication says. What
was received and is still owed is as of the moment at which the message is made.
"""

from meterhouse.common.model_sql import macro_sql
from meterhouse.delivery.events.event import Event, midnight
from meterhouse.delivery.events.sent import INVOICE
from meterhouse.payments.counted import count_payments
from meterhouse.payments.statuses import TERMINAL
from meterhouse.server.reading.reader import Reader

_DUE = macro_sql("amount_due('invoices.status', 'invoices.total', 'states')")
_OWED = f"""
            'amount_received', coalesce(states.amount_received, 0)::decimal(20, 4)::varchar,
            'amount_due', ({_DUE})::decimal(20, 4)::varchar,
"""
_QUERY = f"""
        select
            {{identity}} as identity,
            'invoice:' || invoices.invoice_id as subject,
            invoices.customer_id,
            {{occurred_at}} as occurred_at,
            json_object({INVOICE} {_OWED}
                'amount', {{amount}}::varchar,
                'provider', events.provider,
                {{more}}
                'detail', events.detail
            ) as data
        from payment_events as events
        inner join {{{{invoices}}}} as invoices on events.invoice_id = invoices.invoice_id
        left join payment_states as states on events.invoice_id = states.invoice_id
        where {{condition}}
"""
_EACH = "[events.provider, events.event_id]"
# Words of Stripe: a refund that came to nothing, and the end of a dispute.
_NO_REFUND = "contains(coalesce(events.event_type, ''), 'refund.')"
_ENDED = "coalesce(events.event_type = 'charge.dispute.closed', false)"
_LOST = "events.status = 'charged_back' or coalesce(ends_with(events.detail, ', lost'), false)"
_TERMINAL = ", ".join(f"'{name}'" for name in TERMINAL)


def _query(
    condition: str,
    identity: str = _EACH,
    amount: str = "events.amount",
    more: str = "",
    occurred_at: str = "events.occurred_at",
) -> str:
    return _QUERY.format(
        condition=condition, identity=identity, amount=amount, more=more, occurred_at=occurred_at
    )


def view_payments(reader: Reader) -> None:
    """The tables of `count_payments` over the publication's invoices, and a view `payment_events`:
    the events of the log, with what of them counts. Raises LogDamaged."""
    invoices = reader.relation("invoices")
    count_payments(
        reader.con,
        reader.home,
        f"select invoice_id, currency, total from {invoices} where status <> 'draft'",
    )
    reader.con.execute(
        "create or replace temp view payment_events as "
        "select payments.*, log.detail, amounts.amount_counted, "
        # how many payments of the invoice that were known before this one are withdrawn: of those
        # that stand the first known is the one that was told
        "count(*) filter (where payments.status = 'paid' and payments.withdrawn_at is not null) "
        "over (partition by payments.invoice_id "
        "order by payments.received_at, payments.provider, payments.event_id) as withdrawn "
        "from payments "
        "inner join payment_log as log using (provider, event_id) "
        "left join payment_amounts as amounts using (provider, event_id)"
    )


EVENTS = (
    Event(
        "invoice.paid",
        "an invoice is paid; once, also if a dispute is won later; again only after the payment"
        " that was told was withdrawn",
        f"""
        {
            _query(
                "events.status = 'paid' and events.withdrawn_at is null",
                "list_concat([invoices.invoice_id],"
                " if(events.withdrawn > 0, [events.withdrawn::varchar], []))",
            )
        }
        qualify row_number() over (
            partition by invoices.invoice_id
            order by events.received_at, events.provider, events.event_id
        ) = 1
        """,
        at_once=True,
    ),
    Event(
        "invoice.payment_failed",
        "a payment of an invoice has failed; once for each attempt",
        _query("events.status = 'payment_failed' and events.withdrawn_at is null"),
        at_once=True,
    ),
    Event(
        "invoice.refunded",
        "money of an invoice was given back, all (`status` is refunded) or a part of it; `amount`"
        " is what went back with it",
        _query(
            "events.status in ('refunded', 'partially_refunded') and events.withdrawn_at is null"
            f" and not {_NO_REFUND} and not {_ENDED}",
            amount="coalesce(-events.amount_counted, events.amount)",
            more="'status', events.status,",
        ),
        at_once=True,
    ),
    Event(
        "invoice.refund_failed",
        "a refund came to nothing: the money is still here",
        f"""
        {
            _query(
                f"{_NO_REFUND} and events.withdrawn_at is null",
                "[invoices.invoice_id, events.detail]",
                more="'status', events.status,",
            )
        }
        qualify row_number() over (
            partition by invoices.invoice_id, events.detail
            order by events.occurred_at, events.provider, events.event_id
        ) = 1
        """,
        at_once=True,
    ),
    Event(
        "invoice.payment_disputed",
        "the payment of an invoice is disputed; until it is decided the money counts as received",
        _query("events.status = 'disputed' and events.withdrawn_at is null"),
        at_once=True,
    ),
    Event(
        "invoice.dispute_closed",
        "a dispute has ended: `outcome` is won, or lost, when the money went back",
        _query(
            f"({_ENDED} or events.status = 'charged_back') and events.withdrawn_at is null",
            more=f"'outcome', if({_LOST}, 'lost', 'won'), 'status', events.status,",
        ),
        at_once=True,
    ),
    Event(
        "invoice.payment_withdrawn",
        "what was entered of an invoice's money was of another one"
        " (`meterhouse payments withdraw`): what was told of it counts no more",
        _query(
            "events.withdrawn_at is not null",
            more="'status', events.status,",
            occurred_at="events.withdrawn_at",
        ),
        at_once=True,
    ),
    Event(
        "invoice.overdue",
        "the day after an invoice was due has come, something is still owed (`amount_due`) and"
        " nothing ended the matter; of invoices that a provider has or of whose money something is"
        " known",
        f"""
        select
            [invoices.invoice_id] as identity,
            'invoice:' || invoices.invoice_id as subject,
            invoices.customer_id,
            {midnight("invoices.due_on + 1")} as occurred_at,
            json_object({INVOICE} {_OWED}
                'due_on', invoices.due_on,
                'payment_status', invoices.payment_status
            ) as data
        from {{invoices}} as invoices
        left join payment_states as states on invoices.invoice_id = states.invoice_id
        anti join (
            select * from payments where status in ({_TERMINAL}) and withdrawn_at is null
        ) as ended on invoices.invoice_id = ended.invoice_id
        where
            ({_DUE}) > 0
            and (invoices.sent_at is not null or invoices.payment_status is not null)
        """,
    ),
)
