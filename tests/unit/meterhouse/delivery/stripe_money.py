"""Money at the Stripe of the tests: what paid an invoice, and what went back of it."""

from typing import Any

from stripe import params

from tests.unit.meterhouse.delivery.stripe_params import Found, error, page


class Money:
    """Payments, refunds, disputes and credit notes of invoices."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, dict[str, Any]] = {}
        # Payment intent and the invoice that it pays.
        self.payments: list[tuple[str, str]] = []
        # With `payment_intent`, `amount` and `status`.
        self.refunds: list[dict[str, Any]] = []
        self.disputes: list[dict[str, Any]] = []

    def retrieved(self, _: dict[str, Any], id: str) -> Found:
        """An invoice as it stands; FakeStripe has it."""
        raise NotImplementedError

    def routes_of_money(self) -> list[tuple[str, str, Any, Any]]:
        """As FakeStripe's."""
        return [
            ("get", "/v1/invoice_payments", params.InvoicePaymentListParams, self._paid_by),
            ("get", "/v1/refunds", params.RefundListParams, self._refunds),
            ("get", "/v1/disputes", params.DisputeListParams, self._disputes),
            ("get", "/v1/credit_notes", params.CreditNoteListParams, self._notes),
            ("post", "/v1/credit_notes", params.CreditNoteCreateParams, self._credit),
        ]

    def went_back(self, intent: str, amount: int, status: str, dispute: bool = False) -> None:
        """A refund, or a dispute, of what a payment intent paid."""
        rows, kind = (self.disputes, "dispute") if dispute else (self.refunds, "refund")
        rows.append({"id": f"{kind}_{len(rows) + 1}", "object": kind, "payment_intent": intent,
                     "amount": amount, "status": status, "currency": "usd"})  # fmt: skip

    def _paid_by(self, given: dict[str, Any]) -> Found:
        asked = given.get("payment", {})
        rows = [
            {"id": f"inpay_{number}", "object": "invoice_payment", "invoice": invoice,
             "amount_paid": 1, "currency": "usd", "status": "paid",
             "payment": {"type": "payment_intent", "payment_intent": intent}}
            for number, (intent, invoice) in enumerate(self.payments)
            if asked in ({}, {"type": "payment_intent", "payment_intent": intent})
            and given.get("invoice") in (None, invoice)
        ]  # fmt: skip
        return page(rows, given, "/v1/invoice_payments")

    def _notes(self, given: dict[str, Any]) -> Found:
        rows = [it for it in self.notes.values() if it["invoice"] == given["invoice"]]
        return page(rows, given, "/v1/credit_notes")

    def _credit(self, given: dict[str, Any]) -> Found:
        invoice = self.retrieved({}, given["invoice"])[1]
        parts = ("credit_amount", "refund_amount", "out_of_band_amount")
        before = sum(
            int(it["amount"]) for it in self.notes.values() if it["invoice"] == given["invoice"]
        )
        if invoice["status"] != "paid" or int(given["amount"]) + before > invoice["total"]:
            return error(400, "invalid_request_error", "more than can be credited")
        if sum(int(given.get(part, 0)) for part in parts) != int(given["amount"]):
            return error(400, "invalid_request_error", "where to does the money go?")
        id = f"cn_{len(self.notes) + 1}"
        self.notes[id] = {"metadata": {}, **given, "id": id, "object": "credit_note"}
        return 200, self.notes[id]

    def _refunds(self, given: dict[str, Any]) -> Found:
        return self._of_payment(self.refunds, given, "/v1/refunds")

    def _disputes(self, given: dict[str, Any]) -> Found:
        return self._of_payment(self.disputes, given, "/v1/disputes")

    def _of_payment(self, rows: list[dict[str, Any]], given: dict[str, Any], url: str) -> Found:
        asked = given.get("payment_intent")
        return page([row for row in rows if row["payment_intent"] == asked], given, url)
