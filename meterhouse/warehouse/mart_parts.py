"""Into which parts a mart that grows with history is published, and what each part is made of.

A part whose fingerprint is what it was is not written again. So a fingerprint has everything that
the part's rows are made from: what the ledger holds of its invoices, the SQL of the views, the
columns, DuckDB's version. Who gives a mart of final invoices a column that comes from elsewhere
adds that to the fingerprint here.
"""

from dataclasses import dataclass

import duckdb

from meterhouse.ledger.sql import one_value
from meterhouse.warehouse import usage_parts
from meterhouse.warehouse.database import table_exists
from raw_events.common.sql import identifier, literal

DRAFTS, NO_MONTH = "drafts", "without"
# One row per invoice, or with its id.
OF_INVOICES = ("invoices", "invoice_lines", "invoice_line_breakdowns", "commit_applications")
# One part a month of this column; made of their rows. Nothing else says what changed in them.
BY_CONTENT = {"reconciliation": "period_start", "commit_ledger": "entry_on"}
# The ledger's rows are chained, so the last digest stands for all up to it; what a void and its
# replacement change of a row afterwards is added. `decimals`: of what bounds of composite lines
# are rounded to.
_MONTHS = """
    with voids as (
        select
            strftime(issue_on, '%Y-%m') as month,
            sum(hash(invoice_id, voided_at, void_reason, voided_by, replaced_by)) as hashes
        from marts.invoices where status = 'void' group by all
    ),

    finals as (
        select
            strftime(issue_on, '%Y-%m') as month,
            concat_ws(
                ' ', count(*), arg_max(digest, sequence), sum(hash(sequence, voided_sequence))
            ) as content
        from ledger.invoices group by all
    ),

    units as (
        select sum(hash(pricing_unit, decimals)) as decimals
        from price_book.pricing_units semi join inputs.run using (price_book)
    )

    select month, concat_ws(' ', content, coalesce(voids.hashes, 0), units.decimals)
    from finals left join voids using (month) cross join units
    order by month
"""
_OF_DRAFTS = (
    "invoice_id in (select invoice_id from invoices.draft_headers) "
    "and invoice_id not in (select invoice_id from ledger.invoices)"
)
_NEEDED = (
    ("ledger", "invoices"),
    ("marts", "invoices"),
    ("invoices", "draft_headers"),
    ("price_book", "pricing_units"),
    ("inputs", "run"),
)


# Name of the part, which of the mart's rows are in it, what they are made of (null: unknown), and
# whether it is written whatever that is.
Wanted = tuple[str, str, str | None, bool]


@dataclass(frozen=True)
class Part:
    """`name` is that of its file; `condition` says which rows of the mart are in it.

    `made_of`: the fingerprint, null where there is none; `is_due`: it is written in any case.
    """

    name: str
    condition: str
    made_of: str | None
    is_due: bool = False


def wanted_parts(con: duckdb.DuckDBPyConnection, mart: str) -> list[Part]:
    """The parts of a mart in schema `marts`, in the order of their names; [] if it has none."""
    if mart == usage_parts.MART:
        found: list[Wanted] = list(usage_parts.wanted_parts(con))
    elif mart in OF_INVOICES:
        found = _of_invoices(con)
    elif mart in BY_CONTENT:
        found = _by_content(con, mart, BY_CONTENT[mart])
    else:
        return []
    same = _form(con, mart) if found else ""
    return [
        Part(name, condition, made_of and f"{made_of} {same}", is_due)
        for name, condition, made_of, is_due in found
    ]


def month_condition(month: str) -> str:
    """Rows of the final invoices of a month, by the ledger's tables."""
    first = f"date '{month}-01'"
    return (
        "invoice_id in (select invoice_id from ledger.invoices "
        f"where issue_on >= {first} and issue_on < {first} + interval 1 month)"
    )


def _form(con: duckdb.DuckDBPyConnection, mart: str) -> str:
    """The views' SQL, the mart's columns and types, and who writes them."""
    relation = con.sql(f"from marts.{identifier(mart)} limit 0")
    columns = list(zip(relation.columns, map(str, relation.types), strict=True))
    views = one_value(
        con,
        "select string_agg(sql, ';' order by schema_name, view_name) "
        "from duckdb_views() where schema_name in ('marts', 'invoices')",
    )
    form: str = one_value(con, "select md5(?) || ' ' || version()", [f"{columns} {views}"])
    return form


def _of_invoices(con: duckdb.DuckDBPyConnection) -> list[Wanted]:
    if not all(table_exists(con, *table) for table in _NEEDED):
        return []
    months = con.execute(_MONTHS).fetchall()
    return [
        *((month, month_condition(month), made_of, False) for month, made_of in months),
        (DRAFTS, _OF_DRAFTS, None, True),
    ]


def _by_content(con: duckdb.DuckDBPyConnection, mart: str, column: str) -> list[Wanted]:
    relation = f"marts.{identifier(mart)}"
    if column not in con.sql(f"from {relation} limit 0").columns:
        return []
    month = f"coalesce(strftime({column}, '%Y-%m'), '{NO_MONTH}')"
    rows = con.execute(
        f"select {month}, concat_ws(' ', count(*), sum(hash(stored)), bit_xor(hash(stored, 1))) "
        f"from {relation} as stored group by all order by all"
    ).fetchall()
    return [(name, f"{month} = {literal(name)}", made_of, False) for name, made_of in rows]
