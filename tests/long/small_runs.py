"""A random history of small runs: events, retractions, voids and edits of all golden scenarios.

The scenarios' contracts have nothing to do with one another, so one run has many causes at once.
"""

import csv
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from meterhouse.ledger.void import void_invoice
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.payments.log import PAYMENTS, Payments
from meterhouse.price_book import load_price_book
from meterhouse.price_book.checks.ledger import check_against_ledger
from meterhouse.warehouse.database import open_warehouse
from raw_events.ingest.landing import land_file
from raw_events.ingest.retract import retract
from tests.golden.merge import write_events, write_price_book

FIRST = datetime(2026, 2, 1, 12, tzinfo=UTC)
FACTORS = ("0.5", "1.25", "2", "3")
# Table → a column with a number; rows without one are left alone.
NUMBERS = {
    "rates": "price",
    "rate_tiers": "price",
    "contract_overrides": "price",
    "scheduled_charges": "quantity",
    "subscriptions": "quantity",
    "commit_access": "amount",
    "thresholds": "amount",
    "period_limits": "minimum_amount",
}


class History:
    """A data directory `home` and a price book `seeds`; `now` moves on with `happen`."""

    def __init__(self, folder: Path, seed: int):
        self.home, self.seeds = folder / "home", folder / "seeds"
        self.home.mkdir()
        self.seeds.mkdir()
        self.chance, self.now, self.files = random.Random(seed), FIRST, 0
        write_price_book(self.seeds)
        file = folder / "events.ndjson"
        write_events(file)
        self.sent = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        land_file(self.home, file, None, self.now)

    def happen(self, things: int) -> list[str]:
        """That many things, some minutes later; each in words, for who looks for a difference."""
        self.now += timedelta(minutes=self.chance.randint(1, 40))
        kinds: list[Callable[[], str]] = [
            self.land, self.land, self.land, self.take_back, self.void, self.land_odd,
            self.edit_number, self.edit_number, self.move_alias, self.move_charge,
            self.new_contract, self.move_contract, self.pay,
        ]  # fmt: skip
        return [self.chance.choice(kinds)() for _ in range(things)]

    def land(self) -> str:
        """Events of one customer, now and late, some of them again; or of somebody unknown."""
        customer = self.chance.choice(self.sent)["customer_id"]
        known = [event for event in self.sent if event["customer_id"] == customer]
        events = []
        for number in range(self.chance.randint(1, 3)):
            ago = timedelta(days=self.chance.choice((0, 0, 1, 9, 25)), minutes=number)
            event = {
                **self.chance.choice(known),
                "transaction_id": f"more-{self.files}-{number}",
                "timestamp": f"{self.now - ago:%Y-%m-%dT%H:%M:%SZ}",
            }
            if self.chance.random() < 0.1:
                event["transaction_id"] = self.chance.choice(self.sent)["transaction_id"]
            if self.chance.random() < 0.1:
                event["customer_id"] = "handed-over"
            events.append(event)
        self.sent += events
        self._land(events)
        return f"{len(events)} events of {customer}"

    def land_odd(self) -> str:
        """Events that nobody has a product for."""
        event = {**self.sent[0], "transaction_id": f"odd-{self.files}", "event_type": "odd"}
        self._land([{**event, "timestamp": f"{self.now:%Y-%m-%dT%H:%M:%SZ}"}])
        return f"an odd event of {event['customer_id']}"

    def take_back(self) -> str:
        """Two events, by their ids."""
        ids = [event["transaction_id"] for event in self.chance.sample(self.sent, 2)]
        retract(self.home, ids, "a mistake", "somebody", self.now)
        return f"taken back: {ids}"

    def void(self) -> str:
        """A final invoice, if there is one that may be."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as con:
            query = "select invoice_id from ledger.invoices where status = 'finalized' order by all"
            found = con.execute(query).fetchall()
        if not found:
            return "nothing to void"
        (invoice,) = self.chance.choice(found)
        try:
            void_invoice(self.home, invoice, "a mistake", "somebody", self.now)
        except Exception as error:
            return f"{invoice} is not void: {error}"
        return f"void: {invoice}"

    def pay(self) -> str:
        """A payment of some invoice, known in a moment (S-72): the run before may have read it."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as con:
            found = con.execute("select invoice_id from ledger.invoices order by all").fetchall()
        (invoice,) = self.chance.choice(found)
        known = self.now + timedelta(minutes=self.chance.choice((0, 15)))
        event = {
            "provider": "files",
            "event_id": f"paid-{self.chance.random()}",
            "status": self.chance.choice(("paid", "payment_failed")),
            "invoice_id": invoice,
            "occurred_at": self.now,
        }
        Payments(self.home).append([{**dict.fromkeys(PAYMENTS.names), **event}], lambda: known)
        return f"{event['status']}: {invoice}, known {known}"

    def edit_number(self) -> str:
        """One number of one row, of what a contract or a rate card is billed by."""
        table = self.chance.choice(sorted(NUMBERS))
        column = NUMBERS[table]

        def edit(rows: list[dict[str, str]]) -> None:
            row = self.chance.choice([row for row in rows if row[column]])
            row[column] = f"{float(row[column]) * float(self.chance.choice(FACTORS)):.4f}"

        return self._edit(table, edit)

    def move_alias(self) -> str:
        """An alias, to any customer, with the events that have it."""
        customer = self.chance.choice(self._rows("customers"))["customer_id"]

        def edit(rows: list[dict[str, str]]) -> None:
            rows[:] = [row for row in rows if row["alias"] != "handed-over"]
            rows.append({"alias": "handed-over", "customer_id": customer})

        return f"{self._edit('customer_aliases', edit)} {customer}"

    def move_charge(self) -> str:
        """A charge, also one that is invoiced, to another contract."""
        contract = self.chance.choice(self._rows("contracts"))["contract_id"]

        def edit(rows: list[dict[str, str]]) -> None:
            self.chance.choice(rows)["contract_id"] = contract

        return f"{self._edit('scheduled_charges', edit)} {contract}"

    def move_contract(self) -> str:
        """A contract, also one that is invoiced, to another customer."""
        customer = self.chance.choice(self._rows("customers"))["customer_id"]

        def edit(rows: list[dict[str, str]]) -> None:
            self.chance.choice(rows)["customer_id"] = customer

        return f"{self._edit('contracts', edit)} {customer}"

    def new_contract(self) -> str:
        """Of a new customer, on the card of another contract."""
        name = f"new-{self.now:%d%H%M}-{self.chance.randint(0, 999)}"

        def add(rows: list[dict[str, str]]) -> None:
            own = {"customer_id": name, "name": name, "contract_id": name}
            like = self.chance.choice(rows)
            rows.append({**like, **{key: own[key] for key in own if key in like}})

        return f"{self._edit('customers', add)}, {self._edit('contracts', add)}"

    def _land(self, events: list[dict[str, object]]) -> None:
        self.files += 1
        file = self.home.parent / f"more-{self.files}.ndjson"
        file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
        land_file(self.home, file, None, self.now)

    def _rows(self, table: str) -> list[dict[str, str]]:
        with (self.seeds / f"{table}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def _edit(self, table: str, edit: Callable[[list[dict[str, str]]], None]) -> str:
        """What was edited; nothing if the price book would not be valid."""
        path = self.seeds / f"{table}.csv"
        before, rows = path.read_bytes(), self._rows(table)
        columns = list(rows[0])
        edit(rows)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        try:
            book = load_price_book(self.seeds, metric_group_keys(), lookup_columns())
            with open_warehouse(self.home) as con:
                check_against_ledger(book, con)
        except Exception as error:
            path.write_bytes(before)
            return f"no edit of {table} ({type(error).__name__})"
        return f"edit of {table}"
