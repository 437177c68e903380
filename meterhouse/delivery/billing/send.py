"""One message to a billing provider: draft, compare, finalize; or take back (S-71)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.delivery.attempts import Answer
from meterhouse.delivery.billing.document import document, ledger_file, read_row
from meterhouse.delivery.billing.files import Files, billing_files
from meterhouse.delivery.billing.messages import invoice_key, message_type
from meterhouse.delivery.billing.provider import Account, Provider, ProviderError, Reversal
from meterhouse.delivery.billing.stripe_invoices import (
    StripeInvoices,
    gives_back,
    numbers_are_ours,
    stripe_client,
)
from meterhouse.delivery.log import view_log
from meterhouse.delivery.states import STATES
from meterhouse.server.reading.engine import Engine

DONE, CONFLICT = 200, 409
# A search there is minutes behind at most.
SEARCHABLE = timedelta(hours=1)

# Provider, as billing_accounts.csv names it → what makes it. Another one is a line here.
PROVIDERS: Mapping[str, Callable[[Path], Provider]] = {
    "files": lambda home: Files(billing_files(home)),
    "stripe": lambda _: StripeInvoices(stripe_client(), numbers_are_ours(), gives_back()),
}


def billing_sender(home: Path, provider: str) -> "BillingSender":
    """The sender of a provider, with the accounts of what is published."""
    engine = Engine(home)
    try:
        rows = engine.answer_now(
            lambda reader: reader.rows(
                """
                select
                    customer_id, provider_customer_id as customer, email,
                    coalesce(collection, 'send_invoice') as collection,
                    coalesce(send_drafts_only, false) as send_drafts_only
                from {book.billing_accounts}
                where provider = $provider
                """,
                {"provider": provider},
            )
        )
    finally:
        engine.close()
    accounts = {row.pop("customer_id"): Account(**row) for row in rows}
    return BillingSender(home, provider, PROVIDERS[provider](home), accounts.get)


class BillingSender:
    """Sends to one provider. `accounts`: customer_id → its account."""

    def __init__(
        self, home: Path, name: str, provider: Provider, accounts: Callable[[str], Account | None]
    ):
        self.home, self.name, self.provider, self.accounts = home, name, provider, accounts

    def send(self, message_id: str, body: str, now: datetime) -> Answer:
        """An invoice, or a void: what is there already is found, never made twice."""
        message = json.loads(body)
        data = message["data"]
        try:
            if message["type"] == message_type(self.name, "void"):
                return self._void(message_id, data, now)
            return self._invoice(message_id, data)
        except ProviderError as error:
            return Answer(error.status, error.detail, error.retry_after, error.is_held)

    def _invoice(self, key: str, data: dict[str, Any]) -> Answer:
        if data["invoice_id"] in self._taken_back:
            # Replayed, after somebody has deleted its draft there: no other void would follow.
            raise ProviderError(
                CONFLICT, "not sent: it is void, and its void was delivered", is_held=True
            )
        account = self.accounts(data["customer_id"])
        if account is None:
            raise ProviderError(None, f"{data['customer_id']} has no billing account any more")
        ours = document(key, account, data, ledger_file(self.home, data["ledger_file"]))
        found = self.provider.draft(ours)
        theirs = self.provider.total_minor(found)
        if theirs != ours.total_minor:
            # Never sent: a person looks at it, then `deliveries replay`.
            return Answer(
                CONFLICT,
                f"held as a draft ({found}): we have {ours.total_minor}, {self.name} has {theirs}, "
                f"in minor units of {ours.currency}",
                is_held=True,
            )
        if account.send_drafts_only:
            return Answer(DONE, f"{found}, left as a draft")
        self.provider.finalize(found)
        return Answer(DONE, found)

    def _void(self, key: str, data: dict[str, Any], now: datetime) -> Answer:
        found_by = message_id_of(invoice_key(self.name, data["invoice_id"], data["digest"]))
        found = self.provider.find(found_by) or self._delivered(found_by)
        if found is None and self._was_given_up(found_by, now):
            self._taken_back.add(data["invoice_id"])
            return Answer(DONE, "its invoice never came there, and never will")
        if found is None:
            raise ProviderError(None, f"its invoice is not there yet (message {found_by})")
        file = ledger_file(self.home, data["ledger_file"])
        row = read_row(file, data["invoice_id"], "voided", int(data["decimals"]))
        self.provider.reverse(
            found,
            Reversal(
                key,
                found_by,
                data["invoice_id"],
                data["invoice_number"],
                data["credit_note_number"],
                data["currency"],
                row["day"],
                f"-{row['total']}" if row["total_minor"] > 0 else row["total"].removeprefix("-"),
                -row["total_minor"],
                row["reason"],
            ),
        )
        self._taken_back.add(data["invoice_id"])
        return Answer(DONE, found)

    @cached_property
    def _taken_back(self) -> set[str]:
        """The invoices whose void was delivered before this pass, which comes once."""
        subject = f"provider:{self.name}:"
        with duckdb.connect() as con:
            view_log(con, self.home)
            rows = con.execute(
                "select distinct messages.subject from deliveries as messages "
                "inner join deliveries as attempts on messages.message_id = attempts.message_id "
                "where messages.record = 'message' and messages.message_type = $1 "
                "and attempts.record = 'attempt' and attempts.outcome = 'delivered' "
                "and starts_with(attempts.target, 'provider:')",
                [message_type(self.name, "void")],
            ).fetchall()
        return {text.removeprefix(subject) for (text,) in rows}

    def _was_given_up(self, message_id: str, now: datetime) -> bool:
        """Whether an invoice is dead or held, so long that a search would find what is there."""
        with duckdb.connect() as con:
            view_log(con, self.home)
            rows = con.execute(
                f"select 1 from ({STATES}) where message_id = $1 and target = $2 "
                "and last.record = 'attempt' and last.outcome in ('dead', 'held') "
                "and attempted_at <= $3",
                [message_id, f"provider:{self.name}", now - SEARCHABLE],
            ).fetchall()
        return bool(rows)

    def _delivered(self, message_id: str) -> str | None:
        """The provider's id of an invoice that the log knows as delivered: files may have been
        taken away since, and a search be behind."""
        with duckdb.connect() as con:
            view_log(con, self.home)
            rows = con.execute(
                "select split_part(detail, ',', 1) from deliveries where record = 'attempt' "
                "and outcome = 'delivered' and message_id = $1 and target = $2 "
                "order by attempt desc limit 1",
                [message_id, f"provider:{self.name}"],
            ).fetchall()
        return str(rows[0][0]) if rows else None


def message_id_of(identity: list[str]) -> str:
    """As the queries make it: the same list gives the same id."""
    text = json.dumps(identity, ensure_ascii=False, separators=(",", ":"))
    return "msg_" + hashlib.sha256(text.encode()).hexdigest()[:32]
