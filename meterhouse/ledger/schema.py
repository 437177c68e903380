"""Columns and types of the ledger: one row per invoice, its lines inside.

The order of the columns here is the order in the Delta table, in the `ledger` schema of the
warehouse and in the marts. How types are written: columns.py.
"""

from meterhouse.ledger.columns import Fields

QUANTITY = "DECIMAL(28,10)"
UNIT_PRICE = "DECIMAL(20,10)"
AMOUNT = "DECIMAL(20,4)"

BREAKDOWN: Fields = {
    "presentation_group": "VARCHAR",
    "quantity": QUANTITY,
    "amount": AMOUNT,
}

# The columns of the mart `invoice_lines`, without the invoice's id; the flat fees inside the
# amounts: late usage needs to know which fees are billed (S-43); and which subscription, charge or
# commit a line is of, so that none is invoiced twice (S-44).
LINE: Fields = {
    "line_number": "INTEGER",
    "line_type": "VARCHAR",
    "product_id": "VARCHAR",
    "product_name": "VARCHAR",
    "metric": "VARCHAR",
    "metric_version": "INTEGER",
    "pricing_group": "VARCHAR",
    "tier": "INTEGER",
    "service_start": "DATE",
    "service_end": "DATE",
    "quantity": QUANTITY,
    "unit_price": UNIT_PRICE,
    "list_unit_price": UNIT_PRICE,
    "amount": AMOUNT,
    "list_amount": AMOUNT,
    "flat_fee": UNIT_PRICE,
    "list_flat_fee": UNIT_PRICE,
    "pricing_unit": "VARCHAR",
    "rate_id": "VARCHAR",
    "override_id": "VARCHAR",
    "commit_id": "VARCHAR",
    "segment": "INTEGER",
    "corrects_invoice_id": "VARCHAR",
    "source_id": "VARCHAR",
}

UNRATED: Fields = {
    "contract_id": "VARCHAR",
    "product_id": "VARCHAR",
    "period_start": "DATE",
    "pricing_group": "VARCHAR",
    "quantity": QUANTITY,
    "reason": "VARCHAR",
}

SLICE: Fields = {
    "contract_id": "VARCHAR",
    "period_start": "DATE",
    "product_id": "VARCHAR",
    "pricing_group": "VARCHAR",
    "metric": "VARCHAR",
    "metric_version": "INTEGER",
    "rate_id": "VARCHAR",
    "override_id": "VARCHAR",
    "service_start": "DATE",
    "service_end": "DATE",
    "raw_quantity": QUANTITY,
    "running_value": QUANTITY,
    "quantity": QUANTITY,
    "outcome": "VARCHAR",
}

# What each balance paid of a line of the invoice; negative where it got back (S-38).
APPLICATION: Fields = {
    "line_number": "INTEGER",
    "commit_id": "VARCHAR",
    "segment": "INTEGER",
    "amount": AMOUNT,
}

# What a postpaid commit had counted of each slice when its true-up became final: it stays paid, so
# late lines that take it back give it to the commit (S-38). A conversion has its unit, no product.
COUNTED: Fields = {
    "commit_id": "VARCHAR",
    "segment": "INTEGER",
    "period_start": "DATE",
    "product_id": "VARCHAR",
    "pricing_group": "VARCHAR",
    "pricing_unit": "VARCHAR",
    "service_start": "DATE",
    "converted_unit": "VARCHAR",
    "amount": AMOUNT,
}

# A commit that a threshold bought on the invoice, in the invoice's currency (S-58): what it gives,
# of which amount the threshold was, what the run found. Later runs know the commit from here.
AUTOMATIC: Fields = {
    "commit_id": "VARCHAR",
    "threshold_id": "VARCHAR",
    "kind": "VARCHAR",
    "product_id": "VARCHAR",
    "product_name": "VARCHAR",
    "amount": AMOUNT,
    "starting_on": "DATE",
    "ending_before": "DATE",
    "threshold_amount": AMOUNT,
    "found_amount": AMOUNT,
}

# What a final invoice says: its own columns and its lists.
DUE_INVOICE: Fields = {
    "invoice_id": "VARCHAR",
    "invoice_number": "VARCHAR",
    "invoice_type": "VARCHAR",
    "customer_id": "VARCHAR",
    "customer_name": "VARCHAR",
    "contract_id": "VARCHAR",
    "currency": "VARCHAR",
    "period_start": "DATE",
    "period_end": "DATE",
    "issue_on": "DATE",
    "due_on": "DATE",
    "finalizes_at": "TIMESTAMPTZ",
    "subtotal": AMOUNT,
    "credits_applied": AMOUNT,
    "total": AMOUNT,
    "log_version": "BIGINT",
    "price_book": "VARCHAR",
    "code_version": "VARCHAR",
    "metric_checksums": "VARCHAR",
    "lines": [{**LINE, "breakdowns": [BREAKDOWN]}],
    "unrated": [UNRATED],
    "slices": [SLICE],
    "applications": [APPLICATION],
    "counted": [COUNTED],
    "automatic_commits": [AUTOMATIC],
}

# What dbt hands over, flat: the invoices that are due, and the models that have the rows of their
# lists. Rating's rows belong to the invoice of the contract with `carried_on` as its `period_key`.
HAND_OVER: dict[str, Fields] = {
    "invoices.due_invoices": {
        **{name: spec for name, spec in DUE_INVOICE.items() if isinstance(spec, str)},
        "period_key": "DATE",
    },
    "invoices.draft_lines": {"invoice_id": "VARCHAR", **LINE},
    "invoices.draft_line_breakdowns": {
        "invoice_id": "VARCHAR",
        "line_number": "INTEGER",
        **BREAKDOWN,
    },
    "invoices.draft_applications": {"invoice_id": "VARCHAR", **APPLICATION},
    "invoices.draft_counted_slices": {"invoice_id": "VARCHAR", **COUNTED},
    "invoices.draft_automatic_commits": {"invoice_id": "VARCHAR", **AUTOMATIC},
    "rating.unrated_slices": {"carried_on": "DATE", **UNRATED},
    "rating.slice_records": {"carried_on": "DATE", **SLICE},
}

# One row of the Delta table. `event` is 'finalized' or 'voided'; a voided row repeats the invoice's
# own columns with empty lists and says why in `reason` (S-50), who in `voided_by` and, if it had
# lines, with which credit note (S-55); finalized_at is then when.
LEDGER_ROW: Fields = {
    "sequence": "BIGINT",
    "event": "VARCHAR",
    "reason": "VARCHAR",
    **{name: DUE_INVOICE[name] for name in list(DUE_INVOICE)[:12]},
    "finalized_at": "TIMESTAMPTZ",
    **{name: DUE_INVOICE[name] for name in list(DUE_INVOICE)[12:]},
    "voided_by": "VARCHAR",
    "credit_note_number": "VARCHAR",
    "previous_digest": "VARCHAR",
    "digest": "VARCHAR",
}

# Columns that rows of earlier releases do not have: their documents are without them (chain.py).
ADDED_COLUMNS = (
    "applications",
    "counted",
    "automatic_commits",
    "voided_by",
    "credit_note_number",
)


def row_fields(columns: list[str]) -> Fields:
    """The columns of LEDGER_ROW that a file with these columns has: all but some ADDED_COLUMNS."""
    return {
        name: spec
        for name, spec in LEDGER_ROW.items()
        if name in columns or name not in ADDED_COLUMNS
    }
