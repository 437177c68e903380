"""Which columns of marts and of the price book are read, with their types.

A publication of an earlier release may be without one: it is read as null then, and a file that is
missing as one without rows.
"""

_AMOUNT, _QUANTITY, _PRICE = "DECIMAL(20,4)", "DECIMAL(28,10)", "DECIMAL(20,10)"
_TEXT, _DATE, _INSTANT, _WHOLE = "VARCHAR", "DATE", "TIMESTAMPTZ", "INTEGER"
_LONG, _SECONDS = "BIGINT", "DECIMAL(12,3)"

MARTS: dict[str, dict[str, str]] = {
    "invoices": {
        "invoice_id": _TEXT, "invoice_number": _TEXT, "invoice_type": _TEXT, "status": _TEXT,
        "customer_id": _TEXT, "contract_id": _TEXT, "currency": _TEXT, "period_start": _DATE,
        "period_end": _DATE, "issue_on": _DATE, "due_on": _DATE, "finalizes_at": _INSTANT,
        "finalized_at": _INSTANT, "voided_at": _INSTANT, "void_reason": _TEXT,
        "replaced_by": _TEXT, "subtotal": _AMOUNT, "credits_applied": _AMOUNT, "total": _AMOUNT,
        "payment_status": _TEXT, "sent_at": _INSTANT, "amount_received": _AMOUNT,
        "amount_due": _AMOUNT, "customer_name": _TEXT, "voided_by": _TEXT, "paid_on": _DATE,
        "provider": _TEXT, "provider_invoice_id": _TEXT,
    },
    "invoice_lines": {
        "invoice_id": _TEXT, "line_number": _WHOLE, "line_type": _TEXT, "product_id": _TEXT,
        "product_name": _TEXT, "metric": _TEXT, "metric_version": _WHOLE, "pricing_group": _TEXT,
        "tier": _WHOLE, "service_start": _DATE, "service_end": _DATE, "quantity": _QUANTITY,
        "unit_price": _PRICE, "list_unit_price": _PRICE, "amount": _AMOUNT,
        "list_amount": _AMOUNT, "pricing_unit": _TEXT, "converted_unit": _TEXT, "rate_id": _TEXT,
        "override_id": _TEXT, "commit_id": _TEXT, "segment": _WHOLE, "corrects_invoice_id": _TEXT,
        "flat_fee": _PRICE, "minimum_applied": _AMOUNT, "maximum_applied": _AMOUNT,
    },
    "invoice_line_breakdowns": {
        "invoice_id": _TEXT, "line_number": _WHOLE, "presentation_group": _TEXT,
        "quantity": _QUANTITY, "amount": _AMOUNT,
    },
    "spend_daily": {
        "customer_id": _TEXT, "contract_id": _TEXT, "service_on": _DATE, "invoice_id": _TEXT,
        "line_number": _WHOLE, "line_type": _TEXT, "product_id": _TEXT, "product_name": _TEXT,
        "pricing_group": _TEXT, "presentation_group": _TEXT, "pricing_unit": _TEXT,
        "amount": _AMOUNT, "paid_by_balances": _AMOUNT, "currency": _TEXT, "status": _TEXT,
        "invoice_number": _TEXT, "issue_on": _DATE,
    },
    "usage_daily": {
        "customer_id": _TEXT, "contract_id": _TEXT, "metric": _TEXT, "metric_version": _WHOLE,
        "usage_date": _DATE, "group": _TEXT, "quantity": _QUANTITY,
    },
    "commit_balances": {
        "commit_id": _TEXT, "contract_id": _TEXT, "segment": _WHOLE, "type": _TEXT,
        "pricing_unit": _TEXT, "starting_on": _DATE, "ending_before": _DATE, "granted": _AMOUNT,
        "applied_finalized": _AMOUNT, "applied_draft": _AMOUNT, "expired": _AMOUNT,
        "remaining": _AMOUNT, "payment": _TEXT, "purchase_invoice_id": _TEXT, "paid_on": _DATE,
        "serves_from": _DATE,
    },
    "commit_burndown": {
        "contract_id": _TEXT, "commit_id": _TEXT, "segment": _WHOLE, "pricing_unit": _TEXT,
        "burned_on": _DATE, "applied": _AMOUNT, "balance": _AMOUNT, "daily_pace": _AMOUNT,
        "runs_out_on": _DATE, "projected_overage": _AMOUNT, "projected_unused": _AMOUNT,
    },
    "commit_ledger": {
        "contract_id": _TEXT, "commit_id": _TEXT, "segment": _WHOLE, "entry_number": _WHOLE,
        "entry_type": _TEXT, "entry_on": _DATE, "amount": _AMOUNT, "invoice_id": _TEXT,
        "line_number": _WHOLE,
    },
    "credit_notes": {
        "credit_note_number": _TEXT, "invoice_id": _TEXT, "invoice_number": _TEXT,
        "issue_on": _DATE, "currency": _TEXT, "total": _AMOUNT, "customer_id": _TEXT,
        "contract_id": _TEXT, "voided_at": _INSTANT, "customer_name": _TEXT, "reason": _TEXT,
        "voided_by": _TEXT,
    },
    "held_contracts": {
        "contract_id": _TEXT, "product_id": _TEXT, "period_start": _DATE, "reason": _TEXT,
        "example": _TEXT,
    },
    "provider_reconciliation": {
        "provider": _TEXT, "problem": _TEXT, "invoice_id": _TEXT, "provider_invoice_id": _TEXT,
        "invoice_number": _TEXT, "provider_status": _TEXT, "currency": _TEXT, "total": _AMOUNT,
        "provider_total": _AMOUNT, "detail": _TEXT, "listed_at": _INSTANT,
    },
    "reconciliation": {
        "contract_id": _TEXT, "product_id": _TEXT, "period_start": _DATE,
        "running_value": _QUANTITY, "billed": _QUANTITY, "late_billed": _QUANTITY,
        "unrated": _QUANTITY, "not_entitled": _QUANTITY, "difference": _QUANTITY,
    },
    "ignored_changes": {
        "contract_id": _TEXT, "invoice_id": _TEXT, "line_number": _WHOLE, "object_id": _TEXT,
        "invoiced": _AMOUNT, "price_book": _AMOUNT, "invoiced_terms": _TEXT,
        "price_book_terms": _TEXT,
    },
    "bad_quantities": {
        "metric": _TEXT, "metric_version": _WHOLE, "contract_id": _TEXT, "property": _TEXT,
        "reason": _TEXT, "events": _LONG, "example_transaction_id": _TEXT,
    },
    "unbilled_event_types": {
        "contract_id": _TEXT, "event_type": _TEXT, "period_start": _DATE, "events": _LONG,
    },
    "event_outcomes": {
        "received_on": _DATE, "source": _TEXT, "outcome": _TEXT, "events": _LONG,
    },
    "runs": {
        "run_number": _LONG, "as_of": _INSTANT, "log_version": _LONG, "price_book": _TEXT,
        "nothing_new": "BOOLEAN", "new_files": _LONG, "new_events": _LONG,
        "windows_computed": _LONG, "windows_left_alone": _LONG, "new_final_invoices": _LONG,
        "events_seconds": _SECONDS, "price_book_seconds": _SECONDS, "inputs_seconds": _SECONDS,
        "models_seconds": _SECONDS, "ledger_seconds": _SECONDS, "published_seconds": _SECONDS,
    },
    "alert_events": {
        "alert_event_id": _TEXT, "alert_id": _TEXT, "change": _TEXT, "occurred_at": _INSTANT,
        "customer_id": _TEXT, "contract_id": _TEXT, "kind": _TEXT, "metric": _TEXT,
        "pricing_group": _TEXT, "pricing_unit": _TEXT, "period_start": _DATE, "period_end": _DATE,
        "threshold": _QUANTITY, "value": _QUANTITY, "hard_cap": "BOOLEAN",
    },
    "alert_states": {
        "alert_id": _TEXT, "customer_id": _TEXT, "contract_id": _TEXT, "kind": _TEXT,
        "metric": _TEXT, "pricing_group": _TEXT, "pricing_unit": _TEXT, "period_start": _DATE,
        "period_end": _DATE, "threshold": _QUANTITY, "clear_at": _QUANTITY, "value": _QUANTITY,
        "is_reached": "BOOLEAN", "hard_cap": "BOOLEAN", "state": _TEXT, "state_since": _INSTANT,
    },
    "forecasts": {
        "customer_id": _TEXT, "contract_id": _TEXT, "period_start": _DATE, "period_end": _DATE,
        "kind": _TEXT, "product_id": _TEXT, "commit_id": _TEXT, "segment": _WHOLE,
        "pricing_unit": _TEXT, "quantity_so_far": _QUANTITY, "quantity_low": _QUANTITY,
        "quantity_middle": _QUANTITY, "quantity_high": _QUANTITY, "amount_so_far": _AMOUNT,
        "amount_low": _AMOUNT, "amount_middle": _AMOUNT, "amount_high": _AMOUNT,
        "granted": _AMOUNT, "exceeds": _TEXT, "exceeds_on": _DATE, "as_of": _INSTANT,
    },
    "usage_anomalies": {
        "customer_id": _TEXT, "contract_id": _TEXT, "metric": _TEXT, "metric_version": _WHOLE,
        "usage_date": _DATE, "group": _TEXT, "quantity": _QUANTITY, "usual": _QUANTITY,
        "excess": _QUANTITY,
    },
    "unrated_usage": {
        "contract_id": _TEXT, "product_id": _TEXT, "period_start": _DATE, "pricing_group": _TEXT,
        "quantity": _QUANTITY, "reason": _TEXT,
    },
}  # fmt: skip

BOOK: dict[str, dict[str, str]] = {
    "customers": {"customer_id": _TEXT, "name": _TEXT},
    "customer_aliases": {
        "alias": _TEXT, "customer_id": _TEXT, "starting_on": _DATE, "ending_before": _DATE,
    },
    "pricing_units": {"pricing_unit": _TEXT, "name": _TEXT, "decimals": _WHOLE, "kind": _TEXT},
    "products": {"product_id": _TEXT, "name": _TEXT, "type": _TEXT, "tags": "VARCHAR[]"},
    "product_metrics": {
        "product_id": _TEXT, "metric": _TEXT, "version": _WHOLE, "starting_on": _DATE,
    },
    "rate_cards": {"rate_card_id": _TEXT, "currency": _TEXT},
    "contracts": {
        "contract_id": _TEXT, "customer_id": _TEXT, "rate_card_id": _TEXT, "starting_on": _DATE,
        "ending_before": _DATE,
    },
    "commits": {
        "commit_id": _TEXT, "contract_id": _TEXT, "product_id": _TEXT, "name": _TEXT,
        "priority": _WHOLE, "rate_type": _TEXT,
    },
    "commit_applies_to": {
        "commit_id": _TEXT, "product_id": _TEXT, "tag": _TEXT, "pricing_group": _TEXT,
    },
    "commit_invoices": {"commit_id": _TEXT, "invoice_on": _DATE, "amount": _AMOUNT},
    "billing_accounts": {
        "customer_id": _TEXT, "provider": _TEXT, "provider_customer_id": _TEXT,
        "collection": _TEXT, "send_drafts_only": "BOOLEAN", "skip_zero": "BOOLEAN",
        "starting_on": _DATE, "email": _TEXT, "seller_id": _TEXT, "address": _TEXT,
        "postcode": _TEXT, "city": _TEXT, "country": _TEXT, "vat_id": _TEXT,
        "purchase_order": _TEXT, "tax_category": _TEXT, "tax_rate": _PRICE, "tax_note": _TEXT,
        "einvoice": _TEXT,
    },
    "sellers": {
        "seller_id": _TEXT, "name": _TEXT, "address": _TEXT, "postcode": _TEXT, "city": _TEXT,
        "country": _TEXT, "vat_id": _TEXT, "email": _TEXT, "bank_name": _TEXT, "account": _TEXT,
        "bic": _TEXT, "payment_note": _TEXT, "logo": _TEXT, "number_prefix": _TEXT,
        "footer": _TEXT, "starting_on": _DATE,
    },
    "webhook_endpoints": {
        "endpoint_id": _TEXT, "url": _TEXT, "event_types": "VARCHAR[]", "customer_id": _TEXT,
        "disabled": "BOOLEAN", "starting_on": _DATE,
    },
}  # fmt: skip
