"""The OpenAPI document of the customer API, made from the lists themselves."""

from importlib.metadata import version
from typing import Any

from meterhouse.server.customers.documents import KINDS
from meterhouse.server.customers.lists import LISTS, STATUSES, List

_DATE = {"type": "string", "format": "date"}
_FORMS: dict[str, tuple[str, dict[str, Any]]] = {
    "starting_on": ("The first day, like 2026-01-01.", _DATE),
    "ending_before": ("The day after the last, like 2026-02-01.", _DATE),
    "metric": ("Of this metric alone, like api_calls.", {"type": "string"}),
    "product_id": ("Of this product alone.", {"type": "string"}),
    "invoice_id": ("Of this invoice alone.", {"type": "string"}),
    "status": ("Invoices of this status alone.", {"type": "string", "enum": list(STATUSES)}),
    "limit": (
        "How many rows a page has.",
        {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
    ),
    "next_page": (
        "The next_page of the answer before; the other parameters must be the same.",
        {"type": "string"},
    ),
    "format": (
        "json, or csv: then next_page is the header Meterhouse-Next-Page.",
        {"type": "string", "enum": ["json", "csv"], "default": "json"},
    ),
}  # fmt: skip
_FAULTS = {
    "400": "A parameter is unknown or wrong; the message says which.",
    "401": "No token, an unknown or a revoked one.",
    "403": "A token that is none of a customer.",
    "410": "The publication of this next_page is not kept any more: start again without it.",
    "429": "More requests than the token may make; Retry-After.",
    "503": "Nothing is published yet, or too much is asked at once; Retry-After.",
}


def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    paths = {f"/customer/v1/{name}": {"get": _list(name, one)} for name, one in LISTS.items()}
    paths["/customer/v1/invoices/{invoice_id}"] = {"get": _invoice()}
    paths["/customer/v1/documents/{document_id}/{format}"] = {"get": _document_file()}
    paths["/customer/v1/cost"] = {"post": _cost()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Meterhouse for customers",
            "version": version("meterhouse"),
            "description": "What a customer sees of its own usage, spend, invoices and balances. "
            "The token names the customer. Numbers of money and usage are texts, exact; days are "
            "in UTC. All pages of a list are of one publication.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Fault": {
                    "type": "object",
                    "required": ["message"],
                    "properties": {"message": {"type": "string"}},
                }
            },
        },
    }


def _list(name: str, of: List) -> dict[str, Any]:
    answer = _object(
        data={"type": "array", "description": f"One {of.of}.", "items": {"type": "object"}},
        next_page={"type": ["string", "null"]},
        publication={"type": "string"},
        as_of={"type": "string", "format": "date-time"},
    )
    return {
        "operationId": f"list_{name.replace('-', '_')}",
        "summary": f"One row per {of.of}.",
        "parameters": [_parameter(one) for one in (*of.asks, "limit", "next_page", "format")],
        "responses": {
            "200": {
                "description": "A page.",
                "content": {
                    "application/json": {"schema": answer},
                    "text/csv": {"schema": {"type": "string"}},
                },
            },
            **_faults(),
        },
    }


def _invoice() -> dict[str, Any]:
    answer = _object(
        data={"type": "object", "description": "The invoice; `lines` have their `breakdown`."},
        publication={"type": "string"},
        as_of={"type": "string", "format": "date-time"},
    )
    more = {
        "404": "There is no such invoice of this customer.",
        "413": "Too many lines for one answer: read them as lists.",
    }
    return {
        "operationId": "retrieve_invoice",
        "summary": "One invoice with its lines and their breakdowns.",
        "parameters": [
            {
                "name": "invoice_id", "in": "path", "required": True,
                "description": "As the list of invoices has it; a slash in it percent-encoded.",
                "schema": {"type": "string"},
            }
        ],
        "responses": {
            "200": {
                "description": "The invoice.",
                "content": {"application/json": {"schema": answer}},
            },
            **_faults(more),
        },
    }  # fmt: skip


def _document_file() -> dict[str, Any]:
    return {
        "operationId": "retrieve_document",
        "summary": "A file of a document as it was rendered: an invoice or its credit note.",
        "parameters": [
            {
                "name": "document_id", "in": "path", "required": True,
                "description": "As the documents of an invoice have it.",
                "schema": {"type": "string"},
            },
            {
                "name": "format", "in": "path", "required": True,
                "description": "Of the file.", "schema": {"type": "string", "enum": [*KINDS]},
            },
        ],
        "responses": {
            "200": {
                "description": "The file; its SHA-256 is in Repr-Digest.",
                "content": {kind: {} for kind in KINDS.values()},
            },
            **_faults({"404": "There is no such document of this customer."}),
        },
    }  # fmt: skip


def _cost() -> dict[str, Any]:
    rows = {"type": "array", "items": {"type": "object"}}
    answer = _object(
        publication={"type": "string"},
        as_of={"type": "string", "format": "date-time"},
        invoices={**rows, "description": "Drafts that change, before and after."},
        lines={**rows, "description": "Lines that change, before and after."},
        balances={**rows, "description": "What is left of balances that change."},
        outcomes={"type": "object", "description": "Outcome of events → how many."},
        not_counted={**rows, "description": "Events that change nothing, and why."},
        rejected={**rows, "description": "Events that would be refused, by row from 1."},
    )
    event = {"type": "object", "description": "As it would be sent."}
    body = {"type": "array", "minItems": 1, "maxItems": 1000, "items": event}
    return {
        "operationId": "preview_cost",
        "summary": "What these events would change on the drafts; nothing of them is kept.",
        "parameters": [
            {
                "name": "contract_id", "in": "query", "description": "Of this contract alone.",
                "schema": {"type": "string"},
            }
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": {
                "description": "What changes.",
                "content": {"application/json": {"schema": answer}},
            },
            **_faults(
                {
                    "404": "There is no such contract of this customer.",
                    "413": "The body is larger than 1 MiB.",
                    "500": "It could not be worked out.",
                }
            ),
        },
    }  # fmt: skip


def _parameter(name: str) -> dict[str, Any]:
    description, schema = _FORMS[name]
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _faults(more: dict[str, str] | None = None) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Fault"}
    return {
        status: {"description": text, "content": {"application/json": {"schema": schema}}}
        for status, text in sorted({**_FAULTS, **(more or {})}.items())
    }
