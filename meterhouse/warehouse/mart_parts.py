"""Into which parts a mart that grows with history is published, and what each part is made of.

A part whose fingerprint is what it was is not written again. So a fingerprint has everything that
the part's rows are made from: what the ledger holds of its invoices, the SQL of the views, the
columns, DuckDB's version. Who gives a mart of final invoices a column that comes from elsewhere
adds that to the fingerprint here.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import duckdb

from meterhouse.ledger.sql import one_value
from meterhouse.warehouse import usage_parts
from meterhouse.warehouse.database import table_exists
from raw_events.common.sql import identifier, literal

DRAFTS, NO_MONTH = "drafts", "without"
# One row per invoice, or with its id.
OF_INVOICES = (
    "invoices",
    "invoice_lines",
    "invoice_line_breakdowns",
    "commit_applications",
    "spend_daily",
)
# One part a month of this column; made of their rows. Nothing else says what changed in them.
BY_CONTENT = {
    "reconciliation": "period_start",
    "commit_ledger": "entry_on",
    "alert_events": "occurred_at",
    "journal_entries": "month",
}
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
# Of marts without status and date: drafts but those that became final in this run.
_OF_DRAFTS = (
    "invoice_id in (select invoice_id from invoices.draft_invoices "
    "anti join ledger.invoices using (invoice_id))"
)
# What is known of the money for a month's invoices changes after they are final (S-72), in one mart
# alone.
_MONEY = "invoices"
_MONEY_OF_MONTHS = """
    select
        strftime(issue_on, '%Y-%m') as month,
        concat_ws(' ', count(*), sum(hash(stored)), bit_xor(hash(stored, 1)))
    from (
        select
            issue_on, invoice_id, payment_status, paid_on, sent_at, provider, provider_invoice_id,
            amount_received, amount_due
        from marts.invoices
        where payment_status is not null or sent_at is not null
    ) as stored
    group by all
"""
# Late usage moves the amount of a final line between its days (S-80), in one mart alone: of the
# periods that a month's invoices are of, and of those that they correct.
_BY_DAY = "spend_daily"
_DAYS_OF_MONTHS = """
    with periods as (
        select issue_on, contract_id, period_start
        from ledger.invoices where invoice_type = 'usage'
        union
        select carriers.issue_on, corrected.contract_id, corrected.period_start
        from ledger.invoice_lines as lines
        inner join ledger.invoices as carriers using (invoice_id)
        inner join ledger.invoices as corrected
            on lines.corrects_invoice_id = corrected.invoice_id
        where lines.corrects_invoice_id is not null
    )

    select strftime(issue_on, '%Y-%m'), sum(hash(contract_id, period_start, digest))::varchar
    from periods
    inner join revenue.period_usage_digests using (contract_id, period_start)
    group by all
"""
_NEEDED = (
    ("ledger", "invoices"),
    ("marts", "invoices"),
    ("invoices", "draft_invoices"),
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


class WantedParts:
    """What the marts in schema `marts` should be made of, as the warehouse `con` stands now."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self.con = con

    def of(self, mart: str) -> list[Part]:
        """The parts of a mart, in the order of their names; [] if it has none."""
        if mart == usage_parts.MART:
            found: list[Wanted] = list(usage_parts.wanted_parts(self.con))
        elif mart in OF_INVOICES:
            found = self._of_invoices(mart)
        elif mart in BY_CONTENT:
            found = _by_content(self.con, mart, BY_CONTENT[mart])
        else:
            return []
        same = self._form(mart) if found else ""
        return [
            Part(name, condition, made_of and f"{made_of} {same}", is_due)
            for name, condition, made_of, is_due in found
        ]

    def _form(self, mart: str) -> str:
        """The views' SQL, the mart's columns and types, and who writes them."""
        relation = self.con.sql(f"from marts.{identifier(mart)} limit 0")
        columns = list(zip(relation.columns, map(str, relation.types), strict=True))
        text = f"{columns} {self._views} {duckdb.__version__}"
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @cached_property
    def _views(self) -> str:
        views: str = one_value(
            self.con,
            "select string_agg(sql, ';' order by schema_name, view_name) "
            "from duckdb_views() where schema_name in ('marts', 'invoices', 'revenue')",
        )
        return views

    @cached_property
    def _months(self) -> list[tuple[str, str]] | None:
        """Each month of final invoices and what its parts are made of; None if nothing tells."""
        if not all(table_exists(self.con, *table) for table in _NEEDED):
            return None
        return self.con.execute(_MONTHS).fetchall()

    @cached_property
    def _money(self) -> dict[str, str]:
        """The months with invoices of whose money something is known, and a digest of that."""
        return dict(self.con.execute(_MONEY_OF_MONTHS).fetchall())

    @cached_property
    def _days(self) -> dict[str, str]:
        """The months whose invoices have usage that adds up, and a digest of what it was."""
        return dict(self.con.execute(_DAYS_OF_MONTHS).fetchall())

    def _of_invoices(self, mart: str) -> list[Wanted]:
        if self._months is None:
            return []
        columns = self.con.sql(f"from marts.{identifier(mart)} limit 0").columns
        is_dated = {"status", "issue_on"} <= set(columns)
        also = self._money if mart == _MONEY else self._days if mart == _BY_DAY else {}
        return [
            *(
                (
                    month,
                    _month_condition(month, is_dated),
                    f"{made_of} {also[month]}" if month in also else made_of,
                    False,
                )
                for month, made_of in self._months
            ),
            (DRAFTS, "status = 'draft'" if is_dated else _OF_DRAFTS, None, True),
        ]


def _month_condition(month: str, is_dated: bool) -> str:
    first = f"date '{month}-01'"
    dated = f"issue_on >= {first} and issue_on < {first} + interval 1 month"
    if is_dated:
        return f"status <> 'draft' and {dated}"
    return f"invoice_id in (select invoice_id from ledger.invoices where {dated})"


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
