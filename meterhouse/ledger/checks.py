"""What must hold of the invoices that are due before any of them becomes final.

dbt's own tests say the same (S-48); these stand directly before the ledger, because what is written
there can never be taken back.
"""

from datetime import datetime

import duckdb

from meterhouse.ledger.errors import LedgerError
from meterhouse.ledger.numbers import NUMBER_ORDER, invoice_number_sql

REQUIRED = (
    "invoice_type",
    "customer_id",
    "contract_id",
    "currency",
    "issue_on",
    "due_on",
    "finalizes_at",
    "subtotal",
    "credits_applied",
    "total",
    "log_version",
    "price_book",
    "code_version",
    "metric_checksums",
)

NEXT_NUMBER = invoice_number_sql(
    "$last_number + row_number() over (partition by is_numbered "
    f"order by {', '.join(NUMBER_ORDER)})"
)

# rule: a query over the temporary tables of `due.py`, inputs.run and price_book.contracts that
# gives (invoice_id, what is wrong) per offender.
CHECKS = {
    "a final invoice is known by its id, once (S-43)": """
        select invoice_id, 'is final already' from due semi join ledger.invoices using (invoice_id)
        union all
        select invoice_id, 'stands ' || count(*) || ' times in due_invoices'
        from due group by invoice_id having count(*) > 1
        union all
        select '(null)', 'a due invoice has no invoice_id' from due where invoice_id is null
    """,
    "what is evidence is not empty (S-47)": " union all ".join(
        f"select invoice_id, '{column} is null' from due where {column} is null"
        for column in REQUIRED
    ),
    "invoices are made of this run's inputs (S-47)": """
        select
            invoice_id,
            'was computed from log version ' || due.log_version || ', price book '
            || due.price_book || ', code ' || due.code_version
        from due
        cross join inputs.run as run
        where
            due.log_version <> run.log_version
            or due.price_book <> run.price_book
            or due.code_version <> run.code_version
    """,
    "an invoice is final when it is due, not before (S-43, S-44)": """
        select invoice_id, 'finalizes at ' || finalizes_at from due, inputs.run as run
        where finalizes_at > run.as_of
    """,
    "numbers go on without a gap, for invoices that have one, in the order of S-45": f"""
        with numbered as (
            select
                due.*,
                with_lines.sequence is not null
                and (due.total <> 0 or contracts.zero_invoices is distinct from 'skip')
                    as is_numbered
            from due
            left join (select distinct sequence from due_lines) as with_lines using (sequence)
            left join price_book.contracts as contracts using (price_book, contract_id)
        ),

        expected as (
            select
                invoice_id,
                invoice_number,
                case when is_numbered then {NEXT_NUMBER} end as expected_number
            from numbered
        )

        select
            invoice_id,
            'has number ' || coalesce(invoice_number, '(none)') || ' instead of '
            || coalesce(expected_number, '(none, for it has no lines, or is 0 and to be skipped)')
        from expected
        where invoice_number is distinct from expected_number
    """,
    "lines are numbered from 1 (S-48)": """
        select invoice_id, 'has line numbers ' || min(line_number) || ' to ' || max(line_number)
            || ' on ' || count(*) || ' lines'
        from due_lines inner join due using (sequence) group by sequence, invoice_id
        having
            min(line_number) is distinct from 1
            or max(line_number) is distinct from count(*)
            or count(distinct line_number) <> count(*)
            or count(amount) <> count(*)
    """,
    "lines sum to the invoice (S-19, S-48)": """
        with sums as (
            select
                due.invoice_id,
                due.subtotal,
                due.credits_applied,
                due.total,
                coalesce(sum(amount) filter (line_type <> 'commit_applied'), 0) as charged,
                coalesce(sum(amount) filter (line_type = 'commit_applied'), 0) as covered
            from due
            left join due_lines
                on
                    due.sequence = due_lines.sequence
                    and due.currency = due_lines.pricing_unit
            group by all
        )

        select
            invoice_id,
            'says ' || subtotal || ' and ' || credits_applied || ', in total ' || total
            || '; its lines say ' || charged || ' and ' || covered
        from sums
        where subtotal <> charged or credits_applied <> covered or total <> charged + covered
    """,
    "what balances paid of the lines is what the invoice says they cover (S-38)": """
        with paid as (
            select sequence, commit_id, segment, sum(amount) as amount
            from due_applications group by all
        ),

        covered as (
            select sequence, commit_id, segment, -amount as amount
            from due_lines where line_type = 'commit_applied'
        )

        select
            invoice_id,
            concat(commit_id, ' segment ', segment, ' paid ', coalesce(paid.amount, 0),
                ' of its lines and covers ', coalesce(covered.amount, 0))
        from paid
        full outer join covered using (sequence, commit_id, segment)
        inner join due using (sequence)
        where coalesce(paid.amount, 0) <> coalesce(covered.amount, 0)
    """,
    "breakdowns sum to their line (S-20, S-48)": """
        with parts as (
            select
                sequence, line_number, sum(amount) as parts_amount, sum(quantity) as parts_quantity
            from due_breakdowns group by all
        )

        select
            invoice_id,
            concat('line ', line_number, ' of ', amount, ' has breakdowns of ', parts_amount)
        from parts
        left join due_lines using (sequence, line_number)
        inner join due using (sequence)
        where parts_amount is distinct from amount or parts_quantity is distinct from quantity
    """,
}


def check_due(con: duckdb.DuckDBPyConnection, last_number: int) -> None:
    """Raise LedgerError with every rule that what is due breaks.

    `last_number` is that of the last numbered invoice in the ledger, 0 if there is none.
    """
    problems = []
    for rule, query in CHECKS.items():
        query = query.replace("$last_number", str(int(last_number)))
        offenders = con.execute(f"select * from ({query}) order by all").fetchall()
        if offenders:
            shown = "; ".join(f"{invoice_id} {what}" for invoice_id, what in offenders[:5])
            more = f"; and {len(offenders) - 5} more" if len(offenders) > 5 else ""
            problems.append(f"- {rule}: {shown}{more}")
    if problems:
        raise LedgerError(
            "Nothing was finalized: the invoices that are due break a rule of the ledger. This is "
            "an error of the models, not of the data; drafts can still be read in the warehouse.\n"
            + "\n".join(problems)
        )


def check_run(con: duckdb.DuckDBPyConnection, as_of: datetime) -> int:
    """The ledger version that the inputs were read at; LedgerError if they are of another as_of."""
    rows = con.execute("select as_of, ledger_version from inputs.run").fetchall()
    if [run_as_of for run_as_of, _ in rows] != [as_of]:
        found = f"one as of {rows[0][0].isoformat()}" if rows else "none"
        raise LedgerError(
            f"Finalization as of {as_of.isoformat()} needs inputs of that moment; the warehouse "
            f"has {found}. Start the whole run again: meterhouse run --as-of {as_of.isoformat()}"
        )
    return int(rows[0][1])
