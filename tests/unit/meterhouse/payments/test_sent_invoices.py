"""Which provider has an invoice, by the model's SQL over the log of deliveries (S-72).

Guards against an invoice that seems sent when it is held or dead, and against a void or a webhook
that is taken for an invoice.
"""

import duckdb
import pytest

from meterhouse.common.model_sql import model_sql
from meterhouse.delivery.log import deliveries
from meterhouse.payments.warehouse_rows import (
    DELIVERY_COLUMNS,
    DELIVERY_ENTRY_COLUMNS,
    sync_deliveries,
)
from tests.unit.meterhouse.payments.payment_cases import NOON, minutes

FOUND = "in_1MtHbELkdIwHu7ixl4OzzPMv"


def message(id, kind, subject):
    return {
        "record": "message",
        "message_id": id,
        "message_type": kind,
        "subject": subject,
        "body": "{}",
        "recorded_at": NOON,
    }


def attempt(id, outcome, detail, at=NOON, target="provider:stripe"):
    return {
        "record": "attempt",
        "message_id": id,
        "target": target,
        "attempt": 1,
        "outcome": outcome,
        "detail": detail,
        "recorded_at": at,
    }


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create schema inputs")
        con.execute(f"create table inputs.deliveries ({DELIVERY_COLUMNS})")
        con.execute(f"create table inputs.delivery_entries ({DELIVERY_ENTRY_COLUMNS})")
        con.execute("create table inputs.run (as_of timestamptz)")
        yield con


def sent(con, as_of):
    con.execute("delete from inputs.run")
    con.execute("insert into inputs.run values (?)", [as_of])
    query = model_sql("sent_invoices", "invoices")
    columns = "invoice_id, provider, provider_invoice_id, sent_at"
    return con.execute(f"select {columns} from ({query}) order by all").fetchall()


def test_what_was_delivered_and_when(tmp_path, con):
    log = deliveries(tmp_path)
    log.append(
        [
            message("m1", "provider.stripe.invoice", "provider:stripe:acme:1.usage"),
            message("m2", "provider.files.invoice", "provider:files:acme.2"),
            message("m3", "provider.stripe.void", "provider:stripe:acme:1.usage"),
            message("m4", "invoice.finalized", "invoice:acme.3"),
            message("m5", "provider.stripe.invoice", "provider:stripe:acme.5"),
            message("m6", "provider.stripe.invoice", "provider:stripe:acme.6"),
        ]
    )
    log.append(
        [
            attempt("m1", "failed", "no answer"),
            attempt("m1", "delivered", f"{FOUND}, left as a draft", minutes(5)),
            attempt("m2", "delivered", "m2", minutes(7), "provider:files"),
            attempt("m3", "delivered", "in_9", minutes(8)),
            attempt("m4", "delivered", "", minutes(8), "webhook:ops"),
            attempt("m5", "dead", "refused"),
            attempt("m6", "held", "held as a draft (in_6)"),
        ]
    )
    assert sync_deliveries(con, tmp_path) == []
    # Sent once more by hand: it was sent when it was sent first.
    log.append([attempt("m1", "delivered", FOUND, minutes(30))])
    assert sync_deliveries(con, tmp_path) == []
    first = ("acme:1.usage", "stripe", FOUND, minutes(5))
    assert sent(con, minutes(4)) == []
    assert sent(con, minutes(5)) == [first]
    assert sent(con, minutes(60)) == [("acme.2", "files", "m2", minutes(7)), first]
    assert con.execute("select count(*) from inputs.deliveries").fetchall() == [(12,)]
