"""What columns and tables of the price book are: `schema.py` and its companions declare them."""

from dataclasses import dataclass
from functools import partial
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column: its kind (see `casting.KINDS`) and what its cells may be.

    `default` is what an empty cell means; a default that depends on another table stands in
    `resolve.py`. `references` is a `table.column` that must hold the value. `at_least` and `above`
    bound a number.
    """

    name: str
    kind: str
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    references: str | None = None
    at_least: int | None = None
    above: int | None = None
    at_most: int | None = None


@dataclass(frozen=True)
class Table:
    """A table: its columns in the order of docs/interface.md, and the columns that name one row."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


text = partial(Column, kind="text")
identifier = partial(Column, kind="id")
date = partial(Column, kind="day")
integer = partial(Column, kind="integer")
boolean = partial(Column, kind="boolean")
choice = partial(Column, kind="choice")
unit_price = partial(Column, kind="unit_price")
quantity = partial(Column, kind="quantity")
amount = partial(Column, kind="amount")
names = partial(Column, kind="names")
group = partial(Column, kind="group")


def _refer(to: str, name: str | None = None, **more: Any) -> Column:
    """An id that must be one of another table's column."""
    return Column(name or to.split(".")[1], "id", references=to, **more)


_customer = partial(_refer, "customers.customer_id")
_product = partial(_refer, "products.product_id")
_card = partial(_refer, "rate_cards.rate_card_id")
_contract = partial(_refer, "contracts.contract_id")
_commit = partial(_refer, "commits.commit_id")
_unit = partial(_refer, "pricing_units.pricing_unit")
