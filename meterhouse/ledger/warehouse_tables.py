"""The tables of schema `ledger` of the warehouse: what dbt reads of final invoices, flat.

Their columns and types are those of the ledger's rows (schema.py), each list a table of its own.
sync.py fills them.
"""

from meterhouse.ledger.columns import Fields
from meterhouse.ledger.schema import (
    APPLICATION,
    AUTOMATIC,
    BREAKDOWN,
    COUNTED,
    DUE_INVOICE,
    LINE,
    SLICE,
    UNRATED,
)


def _own_columns(fields: Fields) -> Fields:
    """An invoice's columns without its lists; which metrics made it only its document says."""
    return {
        name: spec
        for name, spec in fields.items()
        if isinstance(spec, str) and name != "metric_checksums"
    }


def _after(fields: Fields, column: str, added: Fields) -> Fields:
    place = list(fields).index(column) + 1
    items = list(fields.items())
    return dict([*items[:place], *added.items(), *items[place:]])


WAREHOUSE_TABLES: dict[str, Fields] = {
    "invoices": {
        "sequence": "BIGINT",
        **_after(
            _after(_own_columns(DUE_INVOICE), "invoice_type", {"status": "VARCHAR"}),
            "finalizes_at",
            {"finalized_at": "TIMESTAMPTZ"},
        ),
        "previous_digest": "VARCHAR",
        "digest": "VARCHAR",
        # Of the row that voids it: what came before that row was made with it still final.
        "voided_sequence": "BIGINT",
    },
    # One row per void; those of earlier releases are numbered in their order (credit_notes.py).
    "voids": {
        "sequence": "BIGINT",
        "invoice_id": "VARCHAR",
        "credit_note_number": "VARCHAR",
        "voided_at": "TIMESTAMPTZ",
        "voided_by": "VARCHAR",
        "reason": "VARCHAR",
    },
    "invoice_lines": {"invoice_id": "VARCHAR", **LINE},
    "invoice_line_breakdowns": {"invoice_id": "VARCHAR", "line_number": "INTEGER", **BREAKDOWN},
    "unrated_usage": {"invoice_id": "VARCHAR", **UNRATED},
    "usage_slices": {"invoice_id": "VARCHAR", **SLICE},
    "commit_applications": {"invoice_id": "VARCHAR", **APPLICATION},
    "counted_slices": {"invoice_id": "VARCHAR", **COUNTED},
    "automatic_commits": {"invoice_id": "VARCHAR", **AUTOMATIC},
    "entries": {
        "ledger_version": "BIGINT",
        "as_of": "TIMESTAMPTZ",
        "rows": "BIGINT",
        "last_sequence": "BIGINT",
        "last_number": "BIGINT",
        "digest": "VARCHAR",
        # Up to where the log of payments was read; -1 for none.
        "payments_version": "BIGINT",
    },
}
