"""Packages: terms that contracts take, expanded when the price book is read.

Everything after this knows contracts alone: what is checked, frozen and billed is the expanded
book. What a contract states itself wins: a cell of its row in contracts.csv over the package's, and
a row with the id that a term would get (`<contract_id>.<name>`) over the whole term.
"""

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from meterhouse.common.periods import boundary_sql, months_step_sql
from meterhouse.price_book.checks.rule import ROWS
from meterhouse.price_book.errors import Problem

# Read, and not part of the resolved book.
INPUT_COLUMNS = {"contracts": {"package_id"}}
# Table → its companion of packages, the columns that name a row, and the others.
_EXPANDED = {
    "subscriptions": (
        "package_subscriptions",
        {"subscription_id": "{contract} || '.' || terms.subscription"},
        {
            "contract_id": "{contract}",
            "product_id": "terms.product_id",
            "starting_on": "{starting}",
            "ending_before": "{ending}",
            "quantity": "terms.quantity",
            "collection": "terms.collection",
            "prorated": "terms.prorated",
            "refund_unused": "terms.refund_unused",
        },
        "{starting}",
    ),
    "scheduled_charges": (
        "package_charges",
        {"charge_id": "{contract} || '.' || terms.charge"},
        {
            "contract_id": "{contract}",
            "product_id": "terms.product_id",
            "charge_on": "{charge}",
            "quantity": "terms.quantity",
            "unit_price": "terms.unit_price",
        },
        "{charge}",
    ),
    "commit_applies_to": (
        "package_commit_applies_to",
        {"commit_id": "{contract} || '.' || terms.commit"},
        {
            "product_id": "terms.product_id",
            "tag": "terms.tag",
            "pricing_group": "terms.pricing_group",
        },
        "{start}",
    ),
    "commit_access": (
        "package_commit_access",
        {"commit_id": "{contract} || '.' || terms.commit"},
        {
            "segment": "terms.segment",
            "amount": "terms.amount",
            "starting_on": "{starting}",
            "ending_before": "{ending}",
        },
        "{starting}",
    ),
    "commit_invoices": (
        "package_commit_invoices",
        {"commit_id": "{contract} || '.' || terms.commit"},
        {"invoice_on": "{invoice}", "amount": "terms.amount"},
        "{invoice}",
    ),
    "commits": (
        "package_commits",
        {"commit_id": "{contract} || '.' || terms.commit"},
        {
            "contract_id": "{contract}",
            "product_id": "terms.product_id",
            "name": "terms.name",
            "type": "terms.type",
            "priority": "terms.priority",
            "pricing_unit": "terms.pricing_unit",
            "rate_type": "terms.rate_type",
            "payment_gated": "terms.payment_gated",
        },
        "{start}",
    ),
}
# Rows of a commit that a contract states itself are not mixed with a package's: these give way too.
_OWNED_BY = dict.fromkeys(("commit_applies_to", "commit_access", "commit_invoices"), "commits")

_DURATION = months_step_sql("packages.duration_months")
_CONTRACTS = f"""
    update contracts set
        rate_card_id = coalesce(contracts.rate_card_id, packages.rate_card_id),
        billing_frequency = coalesce(contracts.billing_frequency, packages.billing_frequency),
        billing_anchor = coalesce(contracts.billing_anchor, packages.billing_anchor),
        net_payment_days = coalesce(contracts.net_payment_days, packages.net_payment_days),
        late_usage = coalesce(contracts.late_usage, packages.late_usage),
        ending_before = coalesce(
            contracts.ending_before,
            {boundary_sql("contracts.starting_on", _DURATION, "1")}
        )
    from packages
    where contracts.package_id = packages.package_id
"""
_DEFAULTS = """
    update contracts set
        net_payment_days = coalesce(net_payment_days, 30),
        late_usage = coalesce(late_usage, 'next_invoice')
"""


def expand_packages(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the typed tables of `con` with what packages give their contracts.

    A term that would begin on or after its contract's end does not come into being.
    """
    con.execute(_CONTRACTS)
    con.execute(_DEFAULTS)
    for table in _EXPANDED:
        con.execute(_insertion(table))


def _insertion(table: str) -> str:
    companion, key, others, begins = _EXPANDED[table]
    owner = _OWNED_BY.get(table, table)
    [(id_column, id_value)] = key.items()
    columns = {**key, **others}
    selected = ",\n        ".join(f"{value} as {name}" for name, value in columns.items())
    query = f"""
        insert into {table} by name
        select
            -(contracts.file_row * {ROWS} + terms.file_row) as file_row,
            {selected}
        from contracts
        inner join {companion} as terms using (package_id)
        where {begins} < coalesce(contracts.ending_before, date 'infinity')
            and {id_value} not in (
                select {id_column} from {owner} where {id_column} is not null and file_row > 0
            )
    """

    def after(months: str) -> str:
        return boundary_sql("contracts.starting_on", months_step_sql(months), "1")

    dates = {
        what: (f"({after(f'terms.{what}_after_months')} + to_days(terms.{what}_after_days))::date")
        for what in ("starting", "charge", "invoice")
    }
    names = {"contract": "contracts.contract_id", "start": "contracts.starting_on", **dates}
    names["ending"] = after("terms.ending_after_months")
    for name, expression in names.items():
        query = query.replace("{" + name + "}", expression)
    return query


def blame_packages(problems: list[Problem], files: Mapping[str, str]) -> list[Problem]:
    """The problems, those of expanded rows said of the package's row, once for all contracts.

    `files` has the file of each table.
    """
    companions = {files[table]: files[terms[0]] for table, terms in _EXPANDED.items()}
    seen = {(found.file, found.row) for found in problems}
    located = []
    for found in problems:
        if found.row is None or found.row >= 0:
            located.append(found)
            continue
        contract_row, row = divmod(-found.row, ROWS)
        if not contract_row:
            # Made of a recurring grant, not of a package (recurring_grants.py).
            file = files["recurring_grants"]
            if (file, row) not in seen:
                seen.add((file, row))
                located.append(replace(found, file=file, row=row, column=None))
            continue
        file = companions[found.file]
        if (file, row) not in seen:
            seen.add((file, row))
            message = f"For the contract in row {contract_row} of contracts: {found.message}"
            # Without a column: it is one of the expanded table, which the package's may not have.
            located.append(Problem(file, row, None, found.rule, message, found.next_step))
    return located
