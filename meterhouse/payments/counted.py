"""What the log of payments comes to as of now, by the models of a run (S-72).

For what must not wait for the next run: webhooks, the list of payments, a void, the next payment.
"""

from pathlib import Path

import duckdb

from meterhouse.common.model_sql import model_sql
from meterhouse.payments.log import payments_table

MODELS = ("payments", "payment_amounts", "payment_states")


def count_payments(con: duckdb.DuckDBPyConnection, home: Path, invoices: str | None = None) -> None:
    """Temporary tables of MODELS, and a view `payment_log` of the rows of the log as they are.

    `invoices`: a query of the final invoices, with invoice_id, currency and total; null: they are
    in `ledger.invoices`. Raises LogDamaged.
    """
    con.execute(f"create or replace temp view payment_log as from {payments_table(home).source()}")
    con.execute("create schema if not exists inputs")
    con.execute(
        "create or replace view inputs.payments as "
        f"select 0::bigint as payments_version, * from {payments_table(home).source()}"
    )
    con.execute("create or replace view inputs.run as select 'infinity'::timestamptz as as_of")
    if invoices is not None:
        con.execute("create schema if not exists ledger")
        con.execute(f"create or replace view ledger.invoices as {invoices}")
    for name in MODELS:
        con.execute(f"create or replace temp table {name} as {model_sql(name, 'calendar')}")
