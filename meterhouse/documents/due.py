"""Which documents are to be rendered: final invoices and credit notes of sellers, without one."""

from dataclasses import dataclass
from typing import Any

from meterhouse.delivery.billing.messages import view_ledger
from meterhouse.documents.kept import CREDIT_NOTE, HELD, INVOICE, RENDERED, view_documents
from meterhouse.price_book.freeze import read_frozen
from meterhouse.server.reading.reader import Reader

MOST = 2_000

# An invoice has the seller of its customer's account, else the only one; the account's row and the
# seller's count by the day on which the invoice became final, also for its credit note.
_DUE = f"""
    select
        rows.event = 'voided' as is_void,
        rows.invoice_id,
        made.invoice_number,
        coalesce(notes.credit_note_number, made.invoice_number) as document_id,
        rows.customer_id,
        sellers.seller_id,
        units.decimals,
        parse_filename(made.filename) as made_file,
        parse_filename(rows.filename) as ledger_file,
        made.digest,
        accounts.customer_id is not null as has_account,
        held.last.content_sha256 as held_content,
        held.last.detail as held_detail,
        invoices.content as invoice_content
    from ledger_rows as rows
    inner join ledger_rows as made
        on rows.invoice_id = made.invoice_id and made.event = 'finalized'
    inner join {{book.pricing_units}} as units on rows.currency = units.pricing_unit
    left join {{credit_notes}} as notes
        on rows.event = 'voided' and rows.invoice_id = notes.invoice_id
    left join {{book.billing_accounts}} as accounts
        on
            rows.customer_id = accounts.customer_id
            and accounts.starting_on <= made.finalized_at::date
    left join {{book.sellers}} as sellers
        on sellers.seller_id = coalesce(
            accounts.seller_id,
            (select case when count(*) = 1 then min(seller_id) end from {{book.sellers}})
        )
    left join (
        select document_id, arg_max(documents, recorded_at) as last
        from documents where record = '{HELD}' group by document_id
    ) as held on held.document_id = coalesce(notes.credit_note_number, made.invoice_number)
    left join documents as invoices
        on
            rows.event = 'voided' and invoices.record = '{RENDERED}'
            and invoices.kind = '{INVOICE}' and rows.invoice_id = invoices.invoice_id
    where
        made.invoice_number is not null
        and (rows.event = 'finalized' or notes.credit_note_number is not null)
        and rows.finalized_at <= $as_of
        and made.finalized_at::date >= coalesce(
            sellers.starting_on, (select min(starting_on) from {{book.sellers}})
        )
        and not exists (
            from documents as known
            where
                known.record = '{RENDERED}'
                and known.document_id = coalesce(notes.credit_note_number, made.invoice_number)
        )
    -- what was held the last time keeps nothing else waiting
    order by held.document_id is not null, rows.sequence
    limit {MOST}
"""


@dataclass(frozen=True)
class Due:
    """A document to render. `made_file` is the file of the ledger with the invoice, `ledger_file`
    that of what the document is about; `invoice_content`: what the invoice's document says, of a
    credit note; `held_content` and `held_detail`: the digest of what could not be rendered the
    last time, and why."""

    document_id: str
    is_void: bool
    invoice_id: str
    invoice_number: str
    customer_id: str
    seller_id: str | None
    decimals: int
    made_file: str
    ledger_file: str
    digest: str
    has_account: bool
    held_content: str | None
    held_detail: str | None
    invoice_content: str | None
    price_book: str

    @property
    def kind(self) -> str:
        """invoice or credit_note."""
        return CREDIT_NOTE if self.is_void else INVOICE


def has_sellers(reader: Reader) -> bool:
    """Whether the published price book has a seller: without one there are no documents."""
    if "sellers" not in read_frozen(reader.home, reader.at.price_book).tables:
        return False
    return bool(reader.rows("select 1 as one from {book.sellers} limit 1"))


def due_documents(reader: Reader) -> list[Due]:
    """What is to be rendered of a publication, the oldest first, at most MOST."""
    if not has_sellers(reader):
        return []
    view_ledger(reader)
    view_documents(reader.con, reader.home)
    rows = reader.rows(_DUE, {"as_of": reader.at.as_of})
    return [Due(price_book=reader.at.price_book, **row) for row in rows]


def parties(reader: Reader) -> tuple[dict[str, Any], dict[str, Any]]:
    """Rows of sellers.csv by seller_id and of billing_accounts.csv by customer_id, for documents;
    the rate as text without the zeros at its end."""
    sellers = {row["seller_id"]: row for row in reader.rows("from {book.sellers}")}
    accounts = {
        row["customer_id"]: row
        for row in reader.rows(
            "select * replace (rtrim(rtrim(tax_rate::varchar, '0'), '.') as tax_rate) "
            "from {book.billing_accounts}"
        )
    }
    return sellers, accounts


def numbers_of(reader: Reader, invoice_ids: list[str]) -> dict[str, str]:
    """Invoice id → our number, of final invoices that have lines."""
    rows = reader.rows(
        "select invoice_id, invoice_number from {invoices} "
        "where list_contains($ids, invoice_id) and invoice_number is not null",
        {"ids": invoice_ids},
    )
    return {row["invoice_id"]: row["invoice_number"] for row in rows}


def bounds_of(reader: Reader, invoice_ids: list[str]) -> dict[tuple[str, int], dict[str, Any]]:
    """(Invoice id, line number) → what a minimum added to a percentage's line, a maximum took."""
    rows = reader.rows(
        "select invoice_id, line_number, minimum_applied::varchar as minimum_applied, "
        "maximum_applied::varchar as maximum_applied from {invoice_lines} "
        "where list_contains($ids, invoice_id) "
        "and (minimum_applied is not null or maximum_applied is not null)",
        {"ids": invoice_ids},
    )
    return {(row.pop("invoice_id"), row.pop("line_number")): row for row in rows}
