"""Lists of finance, each one query over the marts of a publication."""

from meterhouse.server.office.columns import MONTH, SEARCH, Ask, Column, narrowed, searched
from meterhouse.server.office.listing import Listing
from meterhouse.server.tokens import Scope

_STATUS = Ask(
    "status",
    "Status",
    (
        ("draft", "Draft"), ("finalized", "Final"), ("void", "Void"), ("owed", "Final, not paid"),
        ("overdue", "Overdue"), ("paid", "Paid in full"), ("not_sent", "Not at its provider yet"),
    ),
)  # fmt: skip
# Final, numbered and not at the provider that the customer's account names.
NOT_SENT = """
    (
        status = 'finalized' and sent_at is null and invoice_number is not null
        and exists (
            select 1 from {book.billing_accounts} as accounts
            where accounts.customer_id = invoices.customer_id and accounts.provider is not null
                and accounts.starting_on <= invoices.issue_on
                and (invoices.total <> 0 or not coalesce(accounts.skip_zero, false))
        )
    )
"""
# What is void is owed by nobody, a draft not yet; `today` is the day of the publication, in UTC.
_INVOICES = f"""
    from {{invoices}} as invoices
    cross join (select max(as_of)::date as today from {{runs}})
    where {searched("customer_id", "customer_name", "invoice_number", "invoice_id")}
        and {narrowed(month="issue_on")}
        and case coalesce($status, 'all')
            when 'all' then true
            when 'owed' then status = 'finalized' and amount_due <> 0
            when 'overdue' then status = 'finalized' and amount_due > 0 and due_on < today
            when 'paid' then status = 'finalized' and amount_due = 0
            when 'not_sent' then {NOT_SENT}
            else status = $status
        end
"""
INVOICES = Listing(
    "invoices",
    "Invoices and drafts",
    Scope.FINANCE,
    "Each invoice, the latest first: drafts as they stand, final and void ones. The month is that "
    "of the invoice's date.",
    "No invoice is like that.",
    f"""
    select
        invoice_id, invoice_number, customer_name, customer_id, contract_id, invoice_type, status,
        payment_status, issue_on, due_on, period_start, period_end, currency, total,
        amount_received, amount_due, sent_at
    {_INVOICES}
    order by issue_on desc, customer_id, invoice_id
    """,
    (
        Column("invoice_number", "Invoice", "invoice"),
        Column("customer_name", "Customer", "customer"),
        Column("issue_on", "Date", "day"),
        Column("period_start", "For", "period"),
        Column("status", "Status", "state"),
        Column("due_on", "Due", "day"),
        Column("total", "Total", "money", "currency"),
        Column("amount_due", "Still owed", "money", "currency"),
    ),
    (SEARCH, _STATUS, MONTH),
    f"""
    select
        status, currency, count(*) as invoices, sum(total)::decimal(20, 4) as total,
        sum(amount_due)::decimal(20, 4) as amount_due
    {_INVOICES}
    group by status, currency
    order by list_position(['draft', 'finalized', 'void'], status), currency
    """,
    (
        Column("status", "Status", "words"),
        Column("invoices", "Invoices", "number"),
        Column("total", "Total", "money", "currency"),
        Column("amount_due", "Still owed", "money", "currency"),
    ),
)
CREDIT_NOTES = Listing(
    "credit-notes",
    "Credit notes",
    Scope.FINANCE,
    "Each takes back a void invoice, on the day of the void; the latest first.",
    "No invoice was taken back.",
    f"""
    select
        credit_note_number, invoice_id, invoice_number, customer_name, customer_id, contract_id,
        issue_on, currency, total, reason, voided_by
    from {{credit_notes}}
    where {searched("credit_note_number", "invoice_number", "customer_id", "customer_name")}
        and {narrowed(month="issue_on")}
    order by issue_on desc, credit_note_number desc
    """,
    (
        Column("credit_note_number", "Credit note"),
        Column("invoice_number", "Takes back", "invoice"),
        Column("customer_name", "Customer", "customer"),
        Column("issue_on", "Date", "day"),
        Column("reason", "Why"),
        Column("voided_by", "By"),
        Column("total", "Total", "money", "currency"),
    ),
    (SEARCH, MONTH),
)
_BUCKETS = """
    sum(amount_due) filter (where days <= 0) as not_due,
    sum(amount_due) filter (where days between 1 and 30) as days_1_30,
    sum(amount_due) filter (where days between 31 and 60) as days_31_60,
    sum(amount_due) filter (where days between 61 and 90) as days_61_90,
    sum(amount_due) filter (where days > 90) as days_over_90,
    sum(amount_due) as owed
"""
# From the invoices, which know of a void at once; the mart `receivables` knows with the next run.
_OWED = f"""
    from (
        select
            *,
            -- an invoice that is due today is in time
            date_diff('day', due_on, today) as days
        from {{invoices}} as invoices
        cross join (select max(as_of)::date as today from {{runs}})
        where status = 'finalized' and amount_due <> 0
    )
    where {searched("customer_id", "customer_name")}
"""
_AGES = (
    Column("owed", "Owed", "money", "currency"),
    Column("not_due", "Not due", "money", "currency"),
    Column("days_1_30", "1–30 days", "money", "currency"),
    Column("days_31_60", "31–60", "money", "currency"),
    Column("days_61_90", "61–90", "money", "currency"),
    Column("days_over_90", "Over 90", "money", "currency"),
)
RECEIVABLES = Listing(
    "receivables",
    "Receivables",
    Scope.FINANCE,
    "What customers owe on final invoices, by how many days it is overdue on the day of what is "
    "published. Of an invoice below zero nothing is owed.",
    "Nobody owes anything.",
    f"""
    select
        customer_id, max_by(customer_name, (issue_on, invoice_id)) as customer_name, currency,
        count(*) as invoices, min(due_on) as oldest_due_on, {_BUCKETS}
    {_OWED}
    group by customer_id, currency
    order by currency, owed desc, customer_id
    """,
    (
        Column("customer_name", "Customer", "customer_owed"),
        Column("invoices", "Invoices", "number"),
        Column("oldest_due_on", "Oldest due", "day"),
        *_AGES,
    ),
    (SEARCH,),
    f"""
    select currency, count(*) as invoices, {_BUCKETS} {_OWED}
    group by currency order by currency
    """,
    (Column("currency", "Currency"), Column("invoices", "Invoices", "number"), *_AGES),
)
_ONLY = Ask("only", "Show", (("open", "Only what is not on its own invoice"),))
RECONCILIATION = Listing(
    "reconciliation",
    "From usage to invoices",
    Scope.FINANCE,
    "What was metered of each contract, product and period, and where all of it went. The "
    "difference is 0, or the run would have stopped.",
    "Nothing was metered.",
    f"""
    select
        contract_id, product_id, period_start, running_value, billed, late_billed, unrated,
        not_entitled, difference
    from {{reconciliation}}
    where {searched("contract_id", "product_id")} and {narrowed(month="period_start")}
        and ($only is null or billed <> running_value)
    order by difference <> 0 desc, period_start desc, contract_id, product_id
    """,
    (
        Column("contract_id", "Contract", "contract"),
        Column("product_id", "Product"),
        Column("period_start", "Period from", "day"),
        Column("running_value", "Metered", "number"),
        Column("billed", "Billed", "number"),
        Column("late_billed", "Billed late", "number"),
        Column("unrated", "Without a price", "number"),
        Column("not_entitled", "Not entitled", "number"),
        Column("difference", "Difference", "number"),
    ),
    (SEARCH, MONTH, _ONLY),
)
PROVIDERS = Listing(
    "providers",
    "With billing providers",
    Scope.FINANCE,
    "Where a provider has an invoice otherwise than we do, as of when it was last asked. To ask "
    "again: meterhouse deliveries reconcile, then a run.",
    "Every provider has what we have.",
    """
    select
        problem, provider, invoice_id, invoice_number, provider_invoice_id, provider_status,
        currency, total, provider_total, detail, listed_at
    from {provider_reconciliation}
    order by all
    """,
    (
        Column("problem", "Problem", "words"),
        Column("provider", "Provider"),
        Column("invoice_number", "Invoice", "invoice"),
        Column("provider_invoice_id", "There"),
        Column("provider_status", "Status there", "words"),
        Column("total", "Total here", "money", "currency"),
        Column("provider_total", "Total there", "money", "currency"),
        Column("detail", "Detail"),
        Column("listed_at", "Asked", "moment"),
    ),
)
EDITED = Listing(
    "edited",
    "Edited since invoiced",
    Scope.FINANCE,
    "What is invoiced and the price book says otherwise now. Final invoices stay: to bill a "
    "difference add a charge; to take an invoice back void it.",
    "Nothing that is invoiced was edited.",
    f"""
    select
        changes.contract_id, invoice_id, invoices.invoice_number, line_number, object_id,
        invoices.currency, invoiced, price_book, invoiced_terms, price_book_terms
    from {{ignored_changes}} as changes
    left join {{invoices}} as invoices using (invoice_id)
    where {searched("changes.contract_id", "object_id", "invoices.invoice_number")}
    order by all
    """,
    (
        Column("invoice_number", "Invoice", "invoice"),
        Column("object_id", "What"),
        Column("invoiced", "Invoiced", "money", "currency"),
        Column("price_book", "Price book", "money", "currency"),
        Column("invoiced_terms", "Invoiced as"),
        Column("price_book_terms", "Now says"),
    ),
    (SEARCH,),
)
LISTS = (INVOICES, CREDIT_NOTES, RECEIVABLES, RECONCILIATION, PROVIDERS, EDITED)
