"""What is published, of one customer alone.

Every mart and table that the customer's answers may read is here, with what makes a row the
customer's own. A query cannot reach past it: `{invoices}` in it is the customer's invoices.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa

from meterhouse.server.customers.documents import Listed
from meterhouse.server.reading.columns import BOOK, MARTS
from meterhouse.server.reading.publication import Publication
from meterhouse.server.reading.reader import Reader
from raw_events.common.sql import identifier, literal, literals

_BY_CUSTOMER = "customer_id = {me}"
_BY_INVOICE = "invoice_id in (select invoice_id from {invoices})"
# A contract that the price book no longer has is its invoices'; one that it moved to another
# is that one's, with all that is used of it.
_BY_CONTRACT = """contract_id in (select contract_id from {contracts}) or (
    contract_id in (select contract_id from {invoices})
    and contract_id not in (select contract_id from {all_contracts})
)"""
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
    "forecasts": _BY_CUSTOMER,
}
OWN_OF_BOOK = {
    "customers": _BY_CUSTOMER,
    "contracts": _BY_CUSTOMER,
    "commits": _BY_COMMIT,
    # Names and decimals of currencies and units: nobody's.
    "pricing_units": "true",
}

# By what the rows of each lie together in memory; what is nobody's has no key.
_COLUMNS = {
    _BY_CUSTOMER: "customer_id",
    _BY_INVOICE: "invoice_id",
    _BY_CONTRACT: "contract_id",
    _BY_COMMIT: "commit_id",
}
KEYS = {
    **{mart: _COLUMNS.get(condition) for mart, condition in OWN.items()},
    **{f"book.{table}": _COLUMNS.get(condition) for table, condition in OWN_OF_BOOK.items()},
}


class InMemory(Protocol):
    """A publication of which rows are found by their key (loaded.py)."""

    def rows(self, table: str, keys: Iterable[str]) -> pa.Table | None:
        """The rows of a mart, or of `book.<table>`, with these keys; None if there are none."""


class Own(Reader):
    """A reader of what is `customer`'s; any other table is a KeyError.

    `loaded`: the publication in memory; without it rows are read from its files. `documents` are
    those of the customer, as they were when this began.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        home: Path,
        at: Publication,
        customer: str,
        loaded: InMemory | None,
        documents: Listed | None = None,
    ):
        super().__init__(con, home, at)
        self.customer, self._loaded = customer, loaded
        self.documents = documents or Listed()
        self._rows: dict[str, pa.Table | None] = {}

    def relation(self, table: str, book: bool = False) -> str:
        """The customer's rows, as SQL."""
        condition = (OWN_OF_BOOK if book else OWN)[table]
        if self._loaded is None:
            whole = super().relation(table, book)
            return f"(from {whole} where {self._filled(condition)})"
        key = f"book.{table}" if book else table
        if key not in self._relations:
            self._relations[key] = self._in_memory(key, (BOOK if book else MARTS)[table])
        return self._relations[key]

    def name(self) -> str:
        """The customer's name; the id where the price book has none any more."""
        rows = self.rows("select name from {book.customers}")
        return str(rows[0]["name"]) if rows else self.customer

    def _in_memory(self, key: str, columns: Mapping[str, str]) -> str:
        """The same rows by their keys, as a view of this request's connection."""
        found = self._found(key)
        known = found.column_names if found is not None else []
        selected = ", ".join(
            identifier(name) if name in known else f"null::{kind} as {identifier(name)}"
            for name, kind in columns.items()
        )
        if found is None:
            return f"(select {selected} where false)"
        # A cursor's own: no other request sees it.
        view = f"own {key}"
        self.con.register(view, found)
        return f"(select {selected} from {identifier(view)})"

    def _found(self, key: str) -> pa.Table | None:
        assert self._loaded is not None
        if key not in self._rows:
            self._rows[key] = self._loaded.rows(key, self._keys(KEYS[key]))
        return self._rows[key]

    def _keys(self, column: str | None) -> list[str]:
        """What rows of this customer have in a column; as `_filled` says it in SQL."""
        match column:
            case "customer_id":
                return [self.customer]
            case "invoice_id":
                return self._values("invoice_id", "invoices")
            case "contract_id":
                contracts = self._values("contract_id", "book.contracts")
                return [*contracts, *self._gone(contracts)]
            case "commit_id":
                return self._values("commit_id", "commit_balances")
        return []

    def _values(self, column: str, key: str) -> list[str]:
        found = self._found(key)
        values = found[column].unique().to_pylist() if found is not None else []
        return [value for value in values if value is not None]

    def _gone(self, contracts: list[str]) -> list[str]:
        """Contracts of the customer's invoices that the price book no longer has."""
        invoiced = self._values("contract_id", "invoices")
        others = [one for one in invoiced if one not in contracts]
        if not others:
            return []
        ids, source = literals(others), self._all_contracts()
        found = self.con.execute(
            f"select contract_id from {source} where contract_id in ({ids})"
        ).fetchall()
        return [one for one in others if (one,) not in found]

    def _all_contracts(self) -> str:
        """Everybody's: for conditions alone."""
        return self._read([self._of_book("contracts")], BOOK["contracts"])

    def _filled(self, condition: str) -> str:
        # Of what the condition names alone, so that none asks for itself.
        named = {"me": literal(self.customer)}
        for table in ("invoices", "commit_balances"):
            if f"{{{table}}}" in condition:
                named[table] = self.relation(table)
        if "{contracts}" in condition:
            named["contracts"] = self.relation("contracts", True)
            named["all_contracts"] = self._all_contracts()
        return condition.format(**named)
