"""Held contracts (S-52): what cannot be computed for one contract stops that one alone.

`inputs.held_contracts` keeps who is held and from what that follows: the price book, the code and
the events of the customer. While these are the same the contract is left out of every run
(calendar.contracts_on_hold); when one of them changes the next run tries it again by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from meterhouse.warehouse.database import append_rows, table_exists
from meterhouse.warehouse.errors import ContractsHeld

COLUMNS = (
    "contract_id VARCHAR, product_id VARCHAR, period_start DATE, reason VARCHAR, example VARCHAR, "
    "price_book VARCHAR, code_version VARCHAR, events VARCHAR"
)
SHOWN = 20


@dataclass(frozen=True)
class Hold:
    """Why one contract is held. Product, period and example are None where nothing tells them."""

    contract_id: str
    reason: str
    product_id: str | None = None
    period_start: date | None = None
    example: str | None = None

    def __str__(self) -> str:
        where = [f"contract {self.contract_id}"]
        where += [f"product {self.product_id}"] if self.product_id else []
        where += [f"period from {self.period_start}"] if self.period_start else []
        example = f" (for example {self.example})" if self.example else ""
        return f"{', '.join(where)}: {self.reason}{example}"


def hold(con: duckdb.DuckDBPyConnection, holds: Sequence[Hold]) -> None:
    """Leave these contracts out until their events, the price book or the code change."""
    run = con.execute("select price_book, code_version from inputs.run").fetchall()[0]
    rows = [
        (one.contract_id, one.product_id, one.period_start, one.reason, one.example, *run, None)
        for one in holds
    ]
    append_rows(con, "inputs.held_contracts", rows)
    con.execute(
        "update inputs.held_contracts as held set events = digests.events "
        "from calendar.held_contract_events as digests "
        "where held.contract_id = digests.contract_id and held.events is null"
    )


def hold_as_then(con: duckdb.DuckDBPyConnection, contract_ids: Sequence[str]) -> None:
    """For a rebuild (S-47): these were held when the invoices became final, whatever the code says.

    `events` is null: it holds for these inputs.
    """
    con.execute("delete from inputs.held_contracts")
    run = con.execute("select price_book, code_version from inputs.run").fetchall()[0]
    rows = [(one, None, None, "held then", None, *run, None) for one in contract_ids]
    append_rows(con, "inputs.held_contracts", rows)


def held(con: duckdb.DuckDBPyConnection) -> list[Hold]:
    """The contracts that this run has left out."""
    if not table_exists(con, "calendar", "contracts_on_hold"):
        return []
    rows = con.execute(
        "select distinct contract_id, reason, product_id, period_start, example "
        "from calendar.contracts_on_hold order by all"
    ).fetchall()
    return [Hold(*row) for row in rows]


def held_ids(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Their ids, sorted."""
    return sorted({one.contract_id for one in held(con)})


def raise_held(con: duckdb.DuckDBPyConnection) -> None:
    """At the end of a run, after publishing: ContractsHeld if some contract was left out."""
    found = held(con)
    if found:
        more = [f"… and {len(found) - SHOWN} more: mart held_contracts"] * (len(found) > SHOWN)
        raise ContractsHeld(
            "These contracts are held: they have no drafts and nothing of them became final. All "
            "others are billed and published. Take the events back (meterhouse retract) or correct "
            "the price book; the next run goes on by itself (S-52).\n"
            + "\n".join([f"- {one}" for one in found[:SHOWN]] + more)
        )
