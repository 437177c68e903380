"""What an invoice of the ledger says, in SQL: every amount exact, as text, tax worked out here.

Rows come from the very file of the ledger that the invoice was committed in, as rows of dicts.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.documents.errors import DocumentError

Row = dict[str, Any]

# The tax is rounded once, half away from zero, as an amount is (S-19; decision 0480).
_HEADER = """
    with taxed as (
        select *, round(total * $rate::decimal(10, 4), {decimals}) as tax
        from picked where invoice_id = $id
    )

    select
        invoice_id, invoice_type, contract_id, customer_id, customer_name, currency,
        period_start::varchar as period_start, period_end::varchar as period_end,
        issue_on::varchar as issue_on, due_on::varchar as due_on,
        subtotal::decimal(38, {decimals})::varchar as subtotal,
        credits_applied::decimal(38, {decimals})::varchar as credits_applied,
        total::decimal(38, {decimals})::varchar as total,
        tax::decimal(38, {decimals})::varchar as tax,
        (total + tax)::decimal(38, {decimals})::varchar as payable,
        total < 0 as is_in_favour,
        total = total::decimal(38, {decimals}) as is_whole
    from taxed
"""

# A line of an e-invoice has quantity and price where both have four decimals at most and give the
# amount; else it is one (or minus one) of the amount, as coverage always is.
_LINES = """
    with lines as (
        select currency, unnest(lines) as line from picked where invoice_id = $id
    ),

    exact as (
        select
            *,
            coalesce(try(round(line.quantity * line.unit_price, {decimals})) = line.amount, false)
                as is_product,
            is_product and line.line_type <> 'commit_applied' and line.unit_price >= 0
                and line.quantity = line.quantity::decimal(28, 4)
                and line.unit_price = line.unit_price::decimal(20, 4) as is_short
        from lines
    )

    select
        line.line_number as number,
        line.line_type as type,
        line.product_id,
        line.product_name as product,
        line.pricing_group as group,
        line.tier,
        line.service_start::varchar as service_start,
        line.service_end::varchar as service_end,
        rtrim(rtrim(line.quantity::varchar, '0'), '.') as quantity,
        rtrim(rtrim(line.unit_price::varchar, '0'), '.') as unit_price,
        case
            when line.list_unit_price <> line.unit_price
                then rtrim(rtrim(line.list_unit_price::varchar, '0'), '.')
        end as list_unit_price,
        case
            when line.pricing_unit = currency then line.amount::decimal(38, {decimals})::varchar
            else rtrim(rtrim(line.amount::varchar, '0'), '.')
        end as amount,
        line.pricing_unit as unit,
        line.pricing_unit = currency as is_in_currency,
        is_product,
        rtrim(rtrim(nullif(line.flat_fee, 0)::varchar, '0'), '.') as flat_fee,
        line.commit_id,
        line.segment,
        line.corrects_invoice_id,
        case when line.line_type = 'unit_conversion' then line.source_id end as converted_unit,
        case
            when is_short then rtrim(rtrim(line.quantity::decimal(28, 4)::varchar, '0'), '.')
            when line.amount < 0 then '-1'
            else '1'
        end as short_quantity,
        case
            when is_short then rtrim(rtrim(line.unit_price::decimal(20, 4)::varchar, '0'), '.')
            else abs(line.amount)::decimal(38, {decimals})::varchar
        end as short_price,
        is_short,
        line.pricing_unit <> currency or line.amount = line.amount::decimal(38, {decimals})
            as is_whole,
        coalesce(list_transform(line.breakdowns, lambda part: {{
            'group': part.presentation_group,
            'quantity': rtrim(rtrim(part.quantity::varchar, '0'), '.'),
            'amount': case
                when line.pricing_unit = currency then part.amount::decimal(38, {decimals})::varchar
                else rtrim(rtrim(part.amount::varchar, '0'), '.')
            end
        }}), []) as parts
    from exact
    order by line.line_number
"""

_PAID = """
    select
        paid.line_number, paid.commit_id, paid.segment,
        paid.amount::decimal(38, 4)::varchar as amount
    from (select unnest(applications) as paid from picked where invoice_id = $id)
    order by all
"""

_UNRATED = """
    select
        left_out.product_id, left_out.pricing_group as group,
        rtrim(rtrim(left_out.quantity::varchar, '0'), '.') as quantity, left_out.reason
    from (select unnest(unrated) as left_out from picked where invoice_id = $id)
    order by all
"""


class Figures:
    """Invoices of one file of the ledger, those ids alone, read once. Use as a context manager."""

    def __init__(self, file: Path, invoice_ids: Sequence[str]):
        self._con = duckdb.connect()
        self._con.execute("set TimeZone = 'UTC'")
        columns = self._con.execute("select name from parquet_schema($1)", [str(file)]).fetchall()
        known = {name for (name,) in columns}
        applied = "applications" if "applications" in known else "[] as applications"
        self._con.execute(
            "create temp table picked as select invoice_id, invoice_type, contract_id, "
            "customer_id, customer_name, currency, period_start, period_end, issue_on, due_on, "
            f"subtotal, credits_applied, total, lines, unrated, {applied} "
            "from read_parquet($1) where event = 'finalized' and list_contains($2, invoice_id)",
            [str(file), list(invoice_ids)],
        )

    def __enter__(self) -> "Figures":
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def invoice(self, invoice_id: str, decimals: int, rate: str) -> Row:
        """An invoice with its lists, tax at `rate` (a part of one, as text).

        Raises DocumentError if an amount has more decimals than the currency.
        """
        [header] = self._rows(_HEADER.format(decimals=decimals), id=invoice_id, rate=rate)
        lines = self._rows(_LINES.format(decimals=decimals), id=invoice_id)
        if not all(row.pop("is_whole") for row in (header, *lines)):
            raise DocumentError(
                f"{invoice_id} has an amount of more decimals than {header['currency']} has in "
                "pricing_units.csv, so it cannot be printed as it is. Correct decimals there."
            )
        return {
            **header,
            "lines": lines,
            "paid": self._rows(_PAID, id=invoice_id),
            "unrated": self._rows(_UNRATED, id=invoice_id),
        }

    def _rows(self, query: str, **parameters: Any) -> list[Row]:
        found = self._con.execute(query, parameters)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
