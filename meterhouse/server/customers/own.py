"""What is published, of one customer alone.

Every mart and table that the customer's answers may read is here, with what makes a row the
customer's own. A query cannot reach past it: `{invoices}` in it is the customer's invoices.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from meterhouse.server.reading.publication import Publication
from meterhouse.server.reading.reader import Reader
from raw_events.common.sql import identifier, literal

_BY_CUSTOMER = "customer_id = {me}"
_BY_INVOICE = "invoice_id in (select invoice_id from {invoices})"
# A contract that the price book no longer has is its invoices'.
_BY_CONTRACT = (
    "contract_id in (select contract_id from {contracts} union select contract_id from {invoices})"
)
_BY_COMMIT = "commit_id in (select commit_id from {commit_balances})"
OWN = {
    "invoices": _BY_CUSTOMER,
    "invoice_lines": _BY_INVOICE,
    "invoice_line_breakdowns": _BY_INVOICE,
    "spend_daily": _BY_CUSTOMER,
    "usage_daily": _BY_CUSTOMER,
    "commit_balances": _BY_CONTRACT,
    "commit_burndown": _BY_CONTRACT,
    "alert_events": _BY_CUSTOMER,
    "alert_states": _BY_CUSTOMER,
}
OWN_OF_BOOK = {
    "customers": _BY_CUSTOMER,
    "contracts": _BY_CUSTOMER,
    "commits": _BY_COMMIT,
    # Names and decimals of currencies and units: nobody's.
    "pricing_units": "true",
}


class Own(Reader):
    """A reader of what is `customer`'s; any other table is a KeyError.

    `loaded`: mart, or `book.<table>` → the table in memory that has its rows; others are read from
    their files.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        home: Path,
        at: Publication,
        customer: str,
        loaded: Mapping[str, str],
    ):
        super().__init__(con, home, at)
        self.customer, self._loaded = customer, loaded

    def relation(self, table: str, book: bool = False) -> str:
        """The customer's rows, as SQL."""
        condition = (OWN_OF_BOOK if book else OWN)[table]
        whole = self._loaded.get(f"book.{table}" if book else table)
        return f"(from {whole or super().relation(table, book)} where {self._filled(condition)})"

    def name(self) -> str:
        """The customer's name; the id where the price book has none any more."""
        rows = self.rows("select name from {book.customers}")
        return str(rows[0]["name"]) if rows else self.customer

    def _filled(self, condition: str) -> str:
        # Of what the condition names alone, so that none asks for itself.
        named = {"me": literal(self.customer)}
        for table in ("invoices", "commit_balances"):
            if f"{{{table}}}" in condition:
                named[table] = self.relation(table)
        if "{contracts}" in condition:
            named["contracts"] = self.relation("contracts", True)
        return condition.format(**named)


def table_name(schema: str, mart: str) -> str:
    """The table in memory of a mart."""
    return f"{identifier(schema)}.{identifier(mart)}"
