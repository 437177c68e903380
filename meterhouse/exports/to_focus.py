"""One customer's costs in the FinOps Open Cost and Usage Specification, FOCUS 1.4 or 1.2 (S-79).

Final invoices alone: a draft is no cost yet, and a void one none any more. Lines in a custom
pricing unit are no money and stand in no row; their conversion does.
"""

from collections.abc import Sequence
from pathlib import Path

from meterhouse.common.instants import instant_text
from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.focus_columns import (
    CONTRACT_COMMITMENT,
    COST_AND_USAGE,
    VERSIONS,
    FocusColumn,
)
from meterhouse.exports.folders import replaced_folder
from meterhouse.exports.published import Published, check_customer, with_publication
from meterhouse.price_book.freeze import read_frozen
from raw_events.common.files import sync_path
from raw_events.common.sql import literal

HERE = Path(__file__).parent / "focus"
_MARTS = ("invoices", "invoice_lines", "commit_applications", "commit_balances")
_BOOK = ("commits", "commit_applies_to", "contracts", "customers", "pricing_units")
_SELLER = """
    select sellers.name from sellers
    left join billing_accounts as accounts
        on accounts.customer_id = $customer and accounts.seller_id = sellers.seller_id
    where accounts.seller_id is not null or (select count(*) from sellers) = 1
"""


def export_focus(
    home: Path, folder: Path, customer: str, version: str = "1.4", issuer: str | None = None
) -> Published:
    """Write cost_and_usage.csv, with 1.4 contract_commitment.csv, and publication.json.

    `issuer` is who sells, by default the customer's seller of the price book. Raises ExportError,
    or ExportRefused for an unknown customer or version, or a folder of something else.
    """
    if version not in VERSIONS:
        raise ExportRefused(f"FOCUS {version} is not written: {' or '.join(VERSIONS)}.")
    return with_publication(
        home, lambda published: _write(home, published, folder, customer, version, issuer)
    )


def _write(
    home: Path,
    published: Published,
    folder: Path,
    customer: str,
    version: str,
    issuer: str | None,
) -> Published:
    _tables(home, published)
    con = published.con
    check_customer(home, published, customer)
    parameters = {
        "customer": customer,
        "issuer": issuer or _seller(home, published, customer),
        "as_of": instant_text(published.as_of),
        "today": published.as_of.date(),
    }
    files = {"cost_and_usage": COST_AND_USAGE}
    if version != "1.2":
        files["contract_commitment"] = CONTRACT_COMMITMENT
    said = {"form": "focus", "focus": version, "customer_id": customer}
    with replaced_folder(folder, {**published.described(), **said}) as draft:
        for name, columns in files.items():
            query = focus_query(name, columns, version)
            used = {key: value for key, value in parameters.items() if f"${key}" in query}
            con.execute(f"create or replace temp table focus_rows as {query}", used)
            path = draft / f"{name}.csv"
            con.execute(f"copy focus_rows to {literal(path)} (format csv, header)")
            sync_path(path)
    return published


def focus_query(name: str, columns: Sequence[FocusColumn], version: str) -> str:
    """The query of a file, with the columns that this version of FOCUS has."""
    selected = ",\n    ".join(
        column.selected() for column in columns if column.since <= version <= column.until
    )
    text = (HERE / f"{name}.sql").read_text("utf-8")
    return text.format(columns=selected)


def _tables(home: Path, published: Published) -> None:
    """Marts and tables of the price book under their names."""
    book = read_frozen(home, published.price_book).tables
    for name in _MARTS:
        published.con.execute(f"create temp view {name} as from {published.marts[name]}")
    for name in _BOOK:
        published.con.execute(
            f"create temp view {name} as from read_parquet({literal(book[name])})"
        )


def _seller(home: Path, published: Published, customer: str) -> str:
    book = read_frozen(home, published.price_book).tables
    found: list[tuple[str]] = []
    if "sellers" in book:
        for name in ("sellers", "billing_accounts"):
            source = f"read_parquet({literal(book[name])}, union_by_name = true)"
            published.con.execute(f"create temp view {name} as from {source}")
        found = published.con.execute(_SELLER, {"customer": customer}).fetchall()
    if len(found) != 1:
        raise ExportRefused(
            f"It is not said who sells to {customer}, which FOCUS asks for: fill in sellers.csv"
            " (and seller_id in billing_accounts.csv), or name it with --issuer."
        )
    return found[0][0]
