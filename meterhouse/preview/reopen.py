"""Which contracts a preview is about, and their final invoices as drafts again, in the scratch."""

from datetime import date

import duckdb

from meterhouse.ledger.sql import one_value
from meterhouse.ledger.warehouse_tables import WAREHOUSE_TABLES
from meterhouse.preview.errors import NothingToPreview
from meterhouse.preview.question import Question

# All that the ledger keeps of an invoice.
LEDGER_TABLES = tuple(
    name
    for name, columns in WAREHOUSE_TABLES.items()
    if "invoice_id" in columns and name != "invoices"
)

# Of a line, what two of them are compared by; published and drafted ones both have it.
COMPARED = """
    lines.invoice_id, lines.line_type, lines.product_id, lines.product_name, lines.metric,
    lines.metric_version, lines.pricing_group, lines.tier, lines.commit_id, lines.segment,
    lines.pricing_unit, lines.quantity, lines.amount, lines.corrects_invoice_id
"""

# Contracts that bill one of the metric's products, or all of them (of one customer, if asked).
CONTRACTS = """
    create or replace table preview.contracts as
    select distinct contracts.contract_id
    from price_book.contracts as contracts
    left join price_book.rates as rates using (price_book, rate_card_id)
    left join price_book.product_metrics as pointers
        on rates.price_book = pointers.price_book and rates.product_id = pointers.product_id
    where ($metric is null or pointers.metric = $metric)
        and ($customer is null or contracts.customer_id = $customer)
"""

# S-37, S-43: what depends on usage. A scheduled invoice depends on the price book alone.
REOPENED = """
    create or replace table preview.reopened as
    select invoices.invoice_id
    from ledger.invoices as invoices
    inner join preview.contracts as contracts using (contract_id)
    where invoices.status = 'finalized'
        and (invoices.invoice_type <> 'scheduled' or $with_scheduled)
        and coalesce(invoices.period_end > $since::date, invoices.issue_on >= $since::date)
        -- what a threshold bought stays bought (S-58)
        and invoices.invoice_id not in (select invoice_id from ledger.automatic_commits)
        -- and what a commit waits for to be paid was asked for, and may be paid (S-73)
        and invoices.invoice_id not in (
            select lines.invoice_id
            from ledger.invoice_lines as lines
            inner join price_book.commits as commits using (commit_id)
            where lines.line_type = 'commit_purchase' and commits.payment_gated
        )
"""

# S-73: what was known of a payment when a period became final counts for it, open again or not.
PAID_AS_THEN = """
    update inputs.payments as payments
    set occurred_at = greatest(payments.occurred_at, later.first_open_on::timestamptz)
    from (
        select purchases.invoice_id, payments.payments_version,
            max(finals.period_end) as first_open_on
        from inputs.payments as payments
        inner join ledger.invoices as purchases using (invoice_id)
        inner join ledger.invoices as finals using (contract_id)
        inner join ledger.entries as entries
            on finals.sequence <= entries.last_sequence
            and finals.sequence > entries.last_sequence - entries.rows
        where finals.invoice_type = 'usage' and finals.status = 'finalized'
            and (
                entries.payments_version < payments.payments_version
                or entries.as_of < payments.received_at
            )
        group by all
    ) as later
    where payments.invoice_id = later.invoice_id
        and payments.payments_version = later.payments_version
"""

# S-43: under `late_usage = report` what came after the final invoice is never billed.
NEVER_BILLED = """
    create or replace table preview.never_billed as
    select
        identities.sent_id,
        greatest(invoices.period_start, identities.starting_on) as period_start,
        least(invoices.period_end, identities.ending_before) as period_end,
        invoices.log_version
    from ledger.invoices as invoices
    inner join price_book.contracts as contracts
        on invoices.contract_id = contracts.contract_id
        and contracts.price_book = $book
        and contracts.late_usage = 'report'
    inner join events.customer_identities as identities
        on invoices.customer_id = identities.customer_id
        and identities.price_book = $book
    where invoices.invoice_type = 'usage' and invoices.invoice_id in (from preview.reopened)
"""

# Nor is what was taken back after it given back (S-51): the event counts in the reopened period.
NOT_TAKEN_BACK = (
    """
    create or replace temp table taken_back_late as
    select retracted.event_seq, retracted.retracted_in, retracted.repeat_kind
    from events.retracted_events as retracted
    inner join preview.never_billed as late
        on retracted.customer_id = late.sent_id
        and retracted.retracted_in > late.log_version
        and retracted.event_date >= late.period_start and retracted.event_date < late.period_end
    """,
    """
    delete from inputs.retractions as retractions
    using taken_back_late as late, events.landed_events as events
    where late.event_seq = events.event_seq
        and late.retracted_in = retractions.log_version
        and events.transaction_id = retractions.transaction_id
    """,
    """
    update events.landed_events as events
    set repeat_kind = late.repeat_kind
    from taken_back_late as late where events.event_seq = late.event_seq
    """,
    """
    delete from events.retracted_events as retracted
    using taken_back_late as late where retracted.event_seq = late.event_seq
    """,
)

# The marts are what is invoiced and drafted now; the models write the drafts anew.
NOW = f"""
    create or replace table preview.invoices_now as
    select invoices.* from marts.invoices as invoices
    inner join preview.contracts as contracts using (contract_id)
    where invoices.status <> 'void';
    create or replace table preview.lines_now as
    select {COMPARED} from marts.invoice_lines as lines
    semi join preview.invoices_now as invoices using (invoice_id)
"""


def since(con: duckdb.DuckDBPyConnection, question: Question) -> date:
    """The day from which the question holds: the earliest start of the periods asked about.

    NothingToPreview if the month or the customer has none.
    """
    month = question.month
    found = one_value(
        con,
        "select min(period_start) from calendar.billing_periods "
        "where ($start::date is null or (period_start < $end::date and period_end > $start::date)) "
        "and ($customer is null or customer_id = $customer)",
        {
            "start": month.start if month else None,
            "end": month.end if month else None,
            "customer": question.customer,
        },
    )
    if found is None:
        who = f"customer {question.customer}" if question.customer else "any contract"
        when = f"in {month}" if month else "so far"
        raise NothingToPreview(
            f"No billing period of {who} has begun {when}; customers, contracts and months are "
            f"those of the last run (as of {one_value(con, 'select as_of from inputs.run')})."
        )
    first_day: date = found
    return first_day


def remember_now(con: duckdb.DuckDBPyConnection, question: Question) -> None:
    """Keep what is invoiced and drafted now, before anything is edited, in schema `preview`."""
    con.execute("create schema if not exists preview")
    con.execute(CONTRACTS, {"metric": question.metric, "customer": question.customer})
    con.execute(NOW)


def reopen(con: duckdb.DuckDBPyConnection, question: Question, first_day: date) -> None:
    """Take the final invoices of these contracts out of the scratch's ledger, from that day on.

    All later ones with the one asked about, for balances and late usage go on from one to the
    next. Other customers' contracts leave the scratch's price book; those of the same customers
    stay, because a metric may carry over what was used under one of them (S-56).
    """
    book = one_value(con, "select price_book from inputs.run")
    # Contracts that only the price book of the preview has.
    con.execute(
        "insert into preview.contracts select contract_id from price_book.contracts "
        "where price_book = $book and $metric is null "
        "and ($customer is null or customer_id = $customer) "
        "and contract_id not in (from preview.contracts)",
        {"book": book, "metric": question.metric, "customer": question.customer},
    )
    con.execute(
        "delete from price_book.contracts where price_book = $1 "
        "and customer_id not in (select customer_id from price_book.contracts "
        "where price_book = $1 and contract_id in (from preview.contracts))",
        [book],
    )
    con.execute(REOPENED, {"since": first_day, "with_scheduled": question.metric is None})
    con.execute(NEVER_BILLED, {"book": book})
    for statement in NOT_TAKEN_BACK:
        con.execute(statement)
    for table in ("landed_events", "event_days"):
        con.execute(
            f"delete from events.{table} as events using preview.never_billed as late "
            "where events.customer_id = late.sent_id and events.log_version > late.log_version "
            "and events.event_date >= late.period_start and events.event_date < late.period_end"
        )
    con.execute(PAID_AS_THEN)
    for table in ("invoices", *LEDGER_TABLES):
        con.execute(f"delete from ledger.{table} where invoice_id in (from preview.reopened)")
