"""What alerts read, by hand, and runs of their models over it, one after the other."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import duckdb

from benchmarks.alert_warehouse import BOOK, create_tables, run_alerts

JANUARY, FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (1, 2, 3, 4))
Told = tuple[str, str, str, Decimal | None]


class World:
    """One contract `k` of `acme` since January, and `m` of `beta`; February is open."""

    def __init__(self) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        create_tables(self.con)
        for contract, customer in (("k", "acme"), ("m", "beta")):
            self.put("price_book.contracts", price_book=BOOK, contract_id=contract,
                     customer_id=customer, starting_on=JANUARY)  # fmt: skip
            self.put("open_periods", contract_id=contract, customer_id=customer,
                     period_start=FEBRUARY, period_end=MARCH)  # fmt: skip

    def put(self, table: str, **cells: Any) -> None:
        """A row; a cell that is not named is null."""
        names, marks = ", ".join(cells), ", ".join("?" for _ in cells)
        self.con.execute(f"insert into {table} ({names}) values ({marks})", list(cells.values()))

    def alert(self, id: str = "a", kind: str = "spend", threshold: Any = 100, **cells: Any) -> None:
        """A row of alerts.csv in place of the one with its key."""
        self.con.execute(
            "delete from price_book.alerts where alert_id = ? and customer_id is not distinct from"
            " ?::varchar",
            [id, cells.get("customer_id")],
        )
        cells = {"pricing_group": "{}", **cells}
        self.put("price_book.alerts", price_book=BOOK, alert_id=id, kind=kind,
                 threshold=Decimal(threshold), **cells)  # fmt: skip

    def spend(self, amount: Any, total: Any = 0, contract: str = "k", start: date = FEBRUARY,
              end: date = MARCH, currency: str = "USD") -> None:  # fmt: skip
        """The draft of a period as it stands."""
        self.con.execute(
            "delete from draft_invoices where contract_id = ? and period_start = ?",
            [contract, start],
        )
        [(customer,)] = self.rows(
            f"select customer_id from price_book.contracts where contract_id = '{contract}'"
        )
        self.put("draft_invoices", invoice_type="usage", contract_id=contract,
                 customer_id=customer, currency=currency, period_start=start, period_end=end,
                 subtotal=Decimal(amount), total=Decimal(total))  # fmt: skip

    def balance(self, left: Any, granted: Any = 1000, commit: str = "c", contract: str = "k",
                unit: str = "USD", start: date = JANUARY, end: date = APRIL,
                type: str = "prepaid") -> None:  # fmt: skip
        """A segment and what is left of it."""
        for table in ("commit_segments", "commit_movements"):
            self.con.execute(f"delete from {table} where commit_id = ?", [commit])
        self.put("commit_segments", commit_id=commit, segment=1, contract_id=contract, type=type,
                 pricing_unit=unit, starting_on=start, ending_before=end)  # fmt: skip
        used = Decimal(left) - Decimal(granted)
        for entry, amount in (("grant", Decimal(granted)), ("application", used)):
            self.put("commit_movements", commit_id=commit, segment=1, entry_type=entry,
                     amount=amount)  # fmt: skip

    def usage(self, quantity: Any, group: str = "{}", metric: str = "calls", version: int = 1,
              until: date = date(2026, 2, 16), contract: str = "k",
              start: date = FEBRUARY) -> None:  # fmt: skip
        """The running value of a group."""
        key = [contract, start, metric, version, until]
        self.con.execute(
            "delete from product_segments where (contract_id, period_start, metric, metric_version,"
            " measured_to) = (?, ?, ?, ?, ?)",
            key,
        )
        self.con.execute("insert into product_segments values (?, ?, ?, ?, ?)", key)
        self.con.execute(
            "delete from cumulative_usage where (contract_id, period_start, metric, metric_version,"
            " measured_at, metric_group) = (?, ?, ?, ?, ?, ?)",
            [*key, group],
        )
        values = [*key, group, Decimal(quantity)]
        self.con.execute("insert into cumulative_usage values (?, ?, ?, ?, ?, ?, ?)", values)

    def run(self, day: int = 15, hour: int = 6, month: int = 2) -> list[Told]:
        """A run at that moment; what it told: alert, contract, change, value."""
        as_of = datetime(2026, month, day, hour, tzinfo=UTC)
        self.con.execute("delete from inputs.run")
        self.con.execute("insert into inputs.run values (?, ?)", [as_of, BOOK])
        run_alerts(self.con)
        return self.rows(
            "select alert_id, contract_id, change, value from alert_events"
            f" where occurred_at = timestamptz '{as_of}' order by all"
        )

    def rows(self, query: str) -> list[Any]:
        """Rows of a query."""
        return self.con.execute(query).fetchall()

    def state(self, alert: str = "a", contract: str = "k") -> list[tuple[str, bool]]:
        """State, and whether it is reached now, of each thing that it watches."""
        return self.rows(
            "select state, is_reached from alert_states"
            f" where alert_id = '{alert}' and contract_id = '{contract}'"
            " order by pricing_group, pricing_unit, period_start"
        )
