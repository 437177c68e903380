"""The tables of packages, declared as those of `schema.py`: terms in times from a contract's start.

`…_after_months` and `…_after_days` count from the contract's `starting_on`, months first and
clamped to the month's last day as in S-3. Names (`subscription`, `charge`, `commit`) are unique in
a package; for contract c1 a term becomes the row `c1.<name>` of the table that it is of.
"""

from typing import Any

from meterhouse.common.periods import FREQUENCIES
from meterhouse.price_book.columns import (
    Column,
    Table,
    _card,
    _product,
    _refer,
    _unit,
    amount,
    boolean,
    choice,
    group,
    identifier,
    integer,
    quantity,
    text,
    unit_price,
)
from meterhouse.price_book.schema import MAX_DAYS

# A hundred years.
MAX_MONTHS = 1200
_package = _refer("packages.package_id", required=True)


def _after(what: str, **more: Any) -> tuple[Column, Column]:
    """`<what>_after_months` and `<what>_after_days`, 0 where they are empty."""
    more = {"default": "0"} | more
    return (
        integer(f"{what}_after_months", at_least=0, at_most=MAX_MONTHS, **more),
        integer(f"{what}_after_days", at_least=0, at_most=MAX_DAYS, default="0"),
    )


_DECLARED = (
    Table("packages", ("package_id",), (
        identifier("package_id", required=True),
        text("name", required=True),
        _card(),
        choice("billing_frequency", choices=tuple(FREQUENCIES)),
        choice("billing_anchor", choices=("first_of_month", "contract_start")),
        integer("net_payment_days", at_least=0, at_most=MAX_DAYS),
        choice("late_usage", choices=("next_invoice", "report")),
        integer("duration_months", at_least=1, at_most=MAX_MONTHS),
    )),
    Table("package_subscriptions", ("package_id", "subscription"), (
        _package,
        identifier("subscription", required=True),
        _product(required=True),
        *_after("starting"),
        integer("ending_after_months", at_least=1, at_most=MAX_MONTHS),
        quantity("quantity", required=True, at_least=0),
        choice("collection", required=True, choices=("advance", "arrears")),
        boolean("prorated", required=True),
        boolean("refund_unused"),
    )),
    Table("package_charges", ("package_id", "charge"), (
        _package,
        identifier("charge", required=True),
        _product(required=True),
        *_after("charge"),
        quantity("quantity", required=True),
        unit_price("unit_price", required=True, at_least=0),
    )),
    Table("package_commits", ("package_id", "commit"), (
        _package,
        identifier("commit", required=True),
        _product(required=True),
        text("name", required=True),
        choice("type", required=True, choices=("prepaid", "postpaid", "credit")),
        integer("priority", default="100"),
        _unit("pricing_unit"),
        choice("rate_type", default="list", choices=("list", "commit")),
        boolean("payment_gated"),
    )),
    Table("package_commit_applies_to", (
        "package_id", "commit", "product_id", "tag", "pricing_group",
    ), (
        _package,
        identifier("commit", required=True),
        _product(),
        text("tag"),
        group("pricing_group"),
    )),
    Table("package_commit_access", ("package_id", "commit", "segment"), (
        _package,
        identifier("commit", required=True),
        integer("segment", required=True, at_least=1),
        amount("amount", required=True, at_least=0),
        *_after("starting"),
        integer("ending_after_months", required=True, at_least=1, at_most=MAX_MONTHS),
    )),
    Table("package_commit_invoices", (
        "package_id", "commit", "invoice_after_months", "invoice_after_days",
    ), (
        _package,
        identifier("commit", required=True),
        *_after("invoice"),
        amount("amount", required=True, at_least=0),
    )),
)  # fmt: skip

PACKAGE_TABLES: dict[str, Table] = {table.name: table for table in _DECLARED}
