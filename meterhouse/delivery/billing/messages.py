"""Which invoices and voids go to which provider: the ledger × billing_accounts.csv (S-70, S-71)."""

from datetime import date

from meterhouse.delivery.log import view_log
from meterhouse.delivery.targets import Target
from meterhouse.ledger.store import Ledger
from meterhouse.payments.statuses import TERMINAL
from meterhouse.price_book.delivery_tables import PROVIDERS
from meterhouse.price_book.freeze import read_frozen
from meterhouse.server.reading.reader import Reader
from raw_events.common.sql import literals

EVER = date(2000, 1, 1)
# Which invoice was noted for which provider: it goes there, whoever bills the customer by now.
NOTED = """
    select distinct
        split_part(message_type, '.', 2) as provider,
        substr(subject, length(split_part(message_type, '.', 2)) + 11) as invoice_id
    from deliveries
    where record = 'message' and message_type like 'provider.%.invoice'
"""
_COLUMNS = (
    "sequence, event, invoice_id, invoice_number, customer_id, currency, total, finalized_at, "
    "digest"
)
_EMPTY = (
    "select null::bigint as sequence, null as event, null as invoice_id, null as invoice_number, "
    "null as customer_id, null as currency, null::decimal(20, 4) as total, "
    "null::timestamptz as finalized_at, null as digest, null as filename where false"
)


def message_type(provider: str, what: str) -> str:
    """`what` is invoice or void."""
    return f"provider.{provider}.{what}"


def invoice_key(provider: str, invoice_id: str, digest: str) -> list[str]:
    """What an invoice's message is known by: its id and digest (S-70)."""
    return [message_type(provider, "invoice"), invoice_id, digest]


def provider_targets(reader: Reader) -> list[Target]:
    """A target for each provider that an account of the publication's price book names.

    A book that was frozen before there was the table has none.
    """
    if "billing_accounts" not in read_frozen(reader.home, reader.at.price_book).tables:
        return []
    # Voids go to where their invoice went, also when no account names it any more.
    view_log(reader.con, reader.home)
    rows = reader.rows(
        "select provider from {book.billing_accounts} union "
        f"select provider from ({NOTED}) order by provider"
    )
    return [_target(row["provider"]) for row in rows if row["provider"] in PROVIDERS]


def _target(provider: str) -> Target:
    # From which day on is said for each account, in the query below.
    kinds = [message_type(provider, what) for what in ("invoice", "void")]
    return Target(f"provider:{provider}", provider, "", kinds, None, False, EVER)


def view_ledger(reader: Reader) -> None:
    """A view `ledger_rows` of what the ledger has, without any line."""
    ledger = Ledger(reader.home)
    entries = ledger.entries(0, ledger.version())
    files = [ledger.root / entry.path for entry in entries if entry.path]
    source = (
        f"select {_COLUMNS}, filename from read_parquet([{literals(files)}], filename = true, "
        "union_by_name = true)"
        if files
        else _EMPTY
    )
    reader.con.execute(f"create or replace temp view ledger_rows as {source}")


def provider_candidates() -> str:
    """A query of all messages to providers, with the columns of `catalogue.candidates`.

    An invoice of an account from its first day on, by the day on which it became final; without a
    number none, with `skip_zero` none that comes to nothing, and none whose payment, or that there
    will be none, was known before: a provider would collect it again. An invoice goes to one
    provider, the first that it was noted for, and its void follows it there.
    """
    return "\nunion all by name\n".join(
        _CANDIDATES.format(
            provider=provider,
            invoice=message_type(provider, "invoice"),
            noted=NOTED,
            void=message_type(provider, "void"),
            settled=", ".join(f"'{name}'" for name in TERMINAL),
        )
        for provider in PROVIDERS
    )


_CANDIDATES = """
    select
        'msg_' || left(sha256(to_json(
            case
                when rows.event = 'voided'
                    then ['{void}', rows.invoice_id, made.digest, rows.digest]
                else ['{invoice}', rows.invoice_id, rows.digest]
            end
        )::varchar), 32) as message_id,
        case when rows.event = 'voided' then '{void}' else '{invoice}' end as message_type,
        'provider:{provider}:' || rows.invoice_id as subject,
        rows.customer_id,
        rows.finalized_at as occurred_at,
        json_object(
            'invoice_id', rows.invoice_id,
            'invoice_number', rows.invoice_number,
            'customer_id', rows.customer_id,
            'currency', rows.currency,
            'decimals', units.decimals,
            'total', rows.total::varchar,
            'digest', made.digest,
            'ledger_file', parse_filename(rows.filename),
            'credit_note_number', notes.credit_note_number
        ) as data
    from ledger_rows as rows
    inner join ledger_rows as made
        on rows.invoice_id = made.invoice_id and made.event = 'finalized'
    left join ({noted}) as noted on rows.invoice_id = noted.invoice_id
    left join {{book.billing_accounts}} as accounts
        on
            rows.customer_id = accounts.customer_id
            and accounts.starting_on <= made.finalized_at::date
    inner join {{book.pricing_units}} as units on rows.currency = units.pricing_unit
    left join {{credit_notes}} as notes
        on rows.event = 'voided' and rows.invoice_id = notes.invoice_id
    left join {{invoices}} as standing on rows.invoice_id = standing.invoice_id
    where
        rows.invoice_number is not null
        and coalesce(noted.provider, accounts.provider) = '{provider}'
        and (
            noted.provider is not null
            or not (
                (made.total = 0 and coalesce(accounts.skip_zero, false))
                or coalesce(standing.payment_status in ({settled}), false)
            )
        )
        and (
            rows.finalized_at <= (select as_of from moment)
            -- a void publishes itself; nobody waits for the next run
            or (rows.event = 'voided' and standing.status = 'void')
        )
"""
