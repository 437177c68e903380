"""Customers at Stripe: those that billing_accounts.csv names, and those that are made (S-71)."""

import hashlib
from typing import TYPE_CHECKING, Any

from meterhouse.delivery.billing.provider import Document

if TYPE_CHECKING:
    from stripe import StripeClient

CUSTOMER = "meterhouse_customer_id"


class StripeCustomers:
    """Finds or makes the customer of an invoice. Made with our id in its metadata, by which it is
    found, and with an idempotency key, for search is a minute behind."""

    def __init__(self, client: "StripeClient"):
        self.api = client.v1
        self._known: dict[str, str] = {}

    def id_of(self, document: Document) -> str:
        """The customer's id at Stripe; errors are the library's."""
        if document.customer:
            return document.customer
        known = self._known.get(document.customer_id)
        if known is None:
            known = self._found(document.customer_id) or self._made(document)
            self._known[document.customer_id] = known
        return known

    def _found(self, customer_id: str) -> str | None:
        asked = customer_id.replace("\\", "\\\\").replace("'", "\\'")
        query = f"metadata['{CUSTOMER}']:'{asked}'"
        found = self.api.customers.search({"query": query, "limit": 1})
        return str(found.data[0].id) if found.data else None

    def _made(self, document: Document) -> str:
        digest = hashlib.sha256(document.customer_id.encode()).hexdigest()
        new: Any = {
            "name": document.customer_name,
            "metadata": {CUSTOMER: document.customer_id},
            **({"email": document.email} if document.email else {}),
        }
        made = self.api.customers.create(new, {"idempotency_key": f"meterhouse-{digest[:32]}"})
        return str(made.id)
