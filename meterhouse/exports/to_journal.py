"""The journal of a month as files that accounting programs import (S-79, S-81)."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meterhouse.exports.errors import ExportRefused
from meterhouse.exports.folders import replaced_folder
from meterhouse.exports.published import Published, no_formula, with_publication
from raw_events.common.files import sync_path
from raw_events.common.sql import literal

_TEXT = (
    "concat_ws(' ', entry_type, case when is_reversal then '(void)' end, contract_id, product_id, "
    "coalesce(invoice_number, invoice_id), strftime(service_month, 'service %Y-%m'), "
    "strftime(corrects_month, 'corrects %Y-%m'))"
)


def _cents(amount: str) -> str:
    """In two decimals instead of four; in more where an amount has more."""
    return f"regexp_replace(({amount})::decimal(20, 4)::varchar, '0{{1,2}}$', '')"


@dataclass(frozen=True)
class Form:
    """What a program takes: a select list over lines with `name` of their file, and lines a file.

    An entry has two lines, which stand in one file, so every file balances.
    """

    columns: str
    lines: int | None = None


FORMS = {
    # Both are imported into one manual journal a file; credits are below zero.
    "xero": Form(
        f'{no_formula("name")} as "*Narration", '
        "strftime(last_day(month), '%d/%m/%Y') as \"*Date\", "
        f'{no_formula(_TEXT)} as "Description", {no_formula("account")} as "*AccountCode", '
        f'\'Tax Exempt\' as "*TaxRate", {_cents("debit - credit")} as "*Amount"',
        300,
    ),
    "quickbooks": Form(
        f'{no_formula("name")} as "Journal No", '
        "strftime(last_day(month), '%m/%d/%Y') as \"Journal Date\", "
        f'{no_formula("account_name")} as "Account Name", '
        f'{_cents("nullif(debit, 0)")} as "Debits", '
        f'{_cents("nullif(credit, 0)")} as "Credits", {no_formula(_TEXT)} as "Description", '
        'currency as "Currency"',
    ),
    "csv": Form(
        "entry_id, month, entry_on, entry_type, is_reversal, account_role, "
        f"{no_formula('account')} as account, {no_formula('account_name')} as account_name, debit, "
        f"credit, currency, {no_formula('customer_id')} as customer_id, "
        f"{no_formula('contract_id')} as contract_id, {no_formula('invoice_id')} as invoice_id, "
        f"{no_formula('invoice_number')} as invoice_number, "
        f"{no_formula('product_id')} as product_id, {no_formula('commit_id')} as commit_id, "
        "service_month, service_from, service_to, corrects_month, is_closed",
    ),
}


def export_journal(home: Path, folder: Path, month: date, form: str) -> Published:
    """Write the lines of `month` (its first day), a file per currency, more where a file is full.

    `folder` is new, empty or of an export before, which it takes the place of in one step. The
    sums of the files are those of the mart; no cell is a formula. Raises ExportError, or
    ExportRefused for a folder with anything else in it, or a month without entries.
    """
    return with_publication(home, lambda published: _write(published, folder, month, form))


def _write(published: Published, folder: Path, month: date, form: str) -> Published:
    con, taken = published.con, FORMS[form]
    if "journal_entries" not in published.marts:
        raise ExportRefused("Nothing is published of the journal yet: meterhouse run")
    entries = f"{taken.lines // 2}" if taken.lines else "1000000000"
    con.execute(
        f"""
        create or replace temp table lines as
        select *, concat(strftime(month, 'Meterhouse %Y-%m '), currency, ' ', part) as name
        from (
            select *, (dense_rank() over (partition by currency order by contract_id, entry_id) - 1)
                // {entries} + 1 as part
            from {published.marts["journal_entries"]}
            where month = ?
        )
        """,
        [month],
    )
    files = con.execute(
        "select distinct name, lower(currency), part from lines order by all"
    ).fetchall()
    if not files:
        raise ExportRefused(f"{month:%Y-%m} has no entries in the journal.")
    with replaced_folder(folder, {**published.described(), "form": f"journal {form}"}) as draft:
        for name, currency, part in files:
            path = draft / f"journal-{month:%Y-%m}-{currency}-{part}.csv"
            con.execute(
                f"copy (select {taken.columns} from lines where name = {literal(name)} "
                f"order by contract_id, entry_id, credit) to {literal(path)} (format csv, header)"
            )
            sync_path(path)
    return published
