"""A strict Stripe in memory, behind the unmodified library.

What a call may have is what the library's own typed parameters name: another parameter, or one of
another type, is an error. It has states (a draft alone takes lines, what is final is never drafted
again), one result for an idempotency key, errors included, a search that lags behind, and pages.
Faults are injected by the number of the call.
"""

import json
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
from stripe import params

from tests.unit.meterhouse.delivery.stripe_money import Money
from tests.unit.meterhouse.delivery.stripe_params import Found, error, faults_of, nested, page

REFUSED, LIMITED, LOST, BROKEN = "refused", "limited", "done, and lost", "done, and 500"
MOST_ITEMS = 250


class FakeStripe(Money, stripe.HTTPClient):
    """`invoices` and `items` by id. `damage` changes the lines of which the total is made."""

    name = "fake"

    def __init__(self) -> None:
        super().__init__()
        self.invoices: dict[str, dict[str, Any]] = {}
        self.items: dict[str, dict[str, Any]] = {}
        self.customers: dict[str, dict[str, Any]] = {}
        self.is_paying = False
        self.keeps_order = False
        self.results: dict[str, tuple[Any, Found]] = {}
        self.faults: dict[int, str] = {}
        self.calls = 0
        self.damage: Callable[[list[int]], list[int]] = lambda lines: lines
        # Of invoices made by now search knows those up to this one.
        self.searchable: int | None = None
        self.now = 1_770_000_000

    def client(self) -> stripe.StripeClient:
        """A client of the unmodified library that speaks to this Stripe."""
        return stripe.StripeClient("sk_test_x", http_client=self, max_network_retries=0)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **_: Any,
    ) -> tuple[str, int, Mapping[str, str]]:
        self.calls += 1
        fault = self.faults.get(self.calls)
        if fault == REFUSED:
            return json.dumps({"error": {"type": "api_error", "message": "out of order"}}), 500, {}
        if fault == LIMITED:
            error = {"type": "rate_limit_error", "message": "slowly"}
            return json.dumps({"error": error}), 429, {"retry-after": "7"}
        parts = urlsplit(url)
        given = nested(parse_qsl(post_data or parts.query, keep_blank_values=True))
        key = (headers or {}).get("Idempotency-Key") if method == "post" else None
        status, body = self._once(key, method, parts.path, given, fault == BROKEN)
        if fault == LOST:
            raise stripe.APIConnectionError("the answer never came")
        return json.dumps(body), status, {"request-id": f"req_{self.calls}"}

    def _once(
        self, key: str | None, method: str, path: str, given: dict[str, Any], broken: bool
    ) -> Found:
        asked = (path, json.dumps(given, sort_keys=True))
        if key in self.results:
            known, result = self.results[key]
            if known != asked:
                return error(400, "idempotency_error", "this key had other parameters")
            return result
        result = self._answer(method, path, given)
        if broken:
            result = error(500, "api_error", "something broke")
        if key is not None:
            self.results[key] = asked, deepcopy(result)
        return result

    def _answer(self, method: str, path: str, given: dict[str, Any]) -> Found:
        for verb, pattern, accepted, act in self._routes():
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                wrong = faults_of(given, accepted)
                if wrong:
                    return error(400, "invalid_request_error", wrong)
                return act(given, *found.groups())
        return error(404, "invalid_request_error", f"no {method} {path}")

    def _routes(self) -> list[tuple[str, str, Any, Callable[..., Found]]]:
        one = "/v1/invoices/(in_[0-9]+)"
        return [
            ("get", "/v1/invoices/search", params.InvoiceSearchParams, self._search),
            ("get", "/v1/invoices", params.InvoiceListParams, self._list),
            ("post", "/v1/invoices", params.InvoiceCreateParams, self._create),
            ("get", one, params.InvoiceRetrieveParams, self.retrieved),
            ("post", one, params.InvoiceUpdateParams, self._update),
            ("post", f"{one}/finalize", params.InvoiceFinalizeInvoiceParams, self._finalize),
            ("get", f"{one}/lines", params.InvoiceLineItemListParams, self._lines),
            ("post", f"{one}/update_lines", params.InvoiceUpdateLinesParams, self._update_lines),
            ("post", f"{one}/void", params.InvoiceVoidInvoiceParams, self._void),
            ("get", "/v1/customers/search", params.CustomerSearchParams, self._search_customers),
            ("post", "/v1/customers", params.CustomerCreateParams, self._customer),
            *self.routes_of_money(),
            ("get", "/v1/invoiceitems", params.InvoiceItemListParams, self._items),
            ("post", "/v1/invoiceitems", params.InvoiceItemCreateParams, self._add),
        ]

    def _create(self, given: dict[str, Any]) -> Found:
        numbers = {it.get("number") for it in self.invoices.values()}
        if given.get("number") in numbers - {None}:
            return error(400, "invalid_request_error", "this number is taken")
        if given.get("collection_method") == "send_invoice" and "days_until_due" not in given:
            return error(400, "invalid_request_error", "days_until_due is missing")
        id = f"in_{len(self.invoices) + 1}"
        self.invoices[id] = {"metadata": {}, **given, "id": id, "object": "invoice",
                             "status": "draft", "created": self.now}  # fmt: skip
        return self.retrieved({}, id)

    def retrieved(self, _: dict[str, Any], id: str) -> Found:
        """An invoice as it stands, with its total and what was paid."""
        if id not in self.invoices:
            return error(404, "invalid_request_error", f"no invoice {id}")
        lines = [int(it["amount"]) for it in self.lines(id)]
        total = sum(self.damage(lines))
        paid = total if self.invoices[id]["status"] == "paid" else 0
        return 200, {"amount_paid": paid, **self.invoices[id], "total": total}

    def _update(self, given: dict[str, Any], id: str) -> Found:
        self.invoices[id]["metadata"] |= given.get("metadata", {})
        return self.retrieved({}, id)

    def _finalize(self, given: dict[str, Any], id: str) -> Found:
        if self.invoices[id]["status"] != "draft":
            return error(400, "invalid_request_error", "it is final already")
        total = self.retrieved({}, id)[1]["total"]
        self.invoices[id].update(status="open" if total > 0 else "paid", **given)
        return self.retrieved({}, id)

    def _void(self, _: dict[str, Any], id: str) -> Found:
        if self.invoices[id]["status"] not in ("open", "uncollectible"):
            return error(400, "invalid_request_error", "only what is open is voided")
        if self.is_paying:
            return error(400, "invalid_request_error", "a payment is under way")
        self.invoices[id]["status"] = "void"
        return self.retrieved({}, id)

    def _add(self, given: dict[str, Any]) -> Found:
        invoice = self.invoices.get(given.get("invoice", ""))
        if invoice is None or invoice["status"] != "draft":
            return error(400, "invalid_request_error", "only a draft takes lines")
        if given["customer"] != invoice["customer"] or given["currency"] != invoice["currency"]:
            return error(400, "invalid_request_error", "another customer or currency")
        if sum(it["invoice"] == invoice["id"] for it in self.items.values()) >= MOST_ITEMS:
            return error(400, "invalid_request_error", f"an invoice has {MOST_ITEMS} lines at most")
        if abs(int(given["amount"])) > 99_999_999:
            return error(400, "invalid_request_error", "the amount is too large")
        id = f"ii_{len(self.items) + 1}"
        self.items[id] = {"metadata": {}, **given, "id": id, "object": "invoiceitem",
                          "created": self.now}  # fmt: skip
        return 200, self.items[id]

    def lines(self, invoice: str) -> list[dict[str, Any]]:
        """What an invoice shows, as Stripe sorts it: by the second, and within one in any order."""
        found = [it for it in self.items.values() if it["invoice"] == invoice]
        found.sort(key=lambda it: (it["created"], int(it["id"][3:]) % 2 == 0))
        return [{**it, "id": f"il_{it['id'][3:]}", "object": "line_item"} for it in found]

    def _lines(self, given: dict[str, Any], id: str) -> Found:
        return page(self.lines(id), given, f"/v1/invoices/{id}/lines")

    def _update_lines(self, given: dict[str, Any], id: str) -> Found:
        if self.invoices[id]["status"] != "draft":
            return error(400, "invalid_request_error", "only of a draft lines are changed")
        if self.keeps_order:
            return error(400, "invalid_request_error", "not these lines")
        for line in given["lines"].values():
            there = self.items[f"ii_{line['id'][3:]}"]
            metadata = there["metadata"] | line.get("metadata", {})
            there.update({**line, "id": there["id"], "metadata": metadata})
        return self.retrieved({}, id)

    def _items(self, given: dict[str, Any]) -> Found:
        rows = [it for it in self.items.values() if it["invoice"] == given["invoice"]]
        return page(rows, given, "/v1/invoiceitems")

    def _list(self, given: dict[str, Any]) -> Found:
        since = int(given.get("created", {}).get("gte", 0))
        rows = [
            {**it, "total": self.retrieved({}, it["id"])[1]["total"]}
            for it in self.invoices.values()
            if it["created"] >= since and given.get("customer") in (None, it["customer"])
        ]
        return page(rows[::-1], given, "/v1/invoices")

    def _customer(self, given: dict[str, Any]) -> Found:
        id = f"cus_made{len(self.customers) + 1}"
        self.customers[id] = {"metadata": {}, **given, "id": id, "object": "customer"}
        return 200, self.customers[id]

    def _search_customers(self, given: dict[str, Any]) -> Found:
        return self._searched(self.customers, given, "/v1/customers/search")

    def _search(self, given: dict[str, Any]) -> Found:
        return self._searched(self.invoices, given, "/v1/invoices/search")

    def _searched(self, there: dict[str, Any], given: dict[str, Any], url: str) -> Found:
        asked = re.fullmatch(r"metadata\['(\w+)'\]:'((?:[^'\\]|\\.)+)'", given["query"])
        if asked is None:
            return error(400, "invalid_request_error", f"no query: {given['query']}")
        name, value = asked[1], re.sub(r"\\(.)", r"\1", asked[2])
        known = list(there.values())[: self.searchable]
        rows = [it for it in known if it["metadata"].get(name) == value]
        body = page(rows, given, url)[1]
        return 200, {**body, "object": "search_result", "next_page": None}
