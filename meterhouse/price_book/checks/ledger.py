"""A price book against what is already final (the last part of S-46).

What an invoice has settled cannot be moved by an edit: periods keep their boundaries, contracts
their currency, and a balance does not fall below what was taken from it.
"""

import duckdb

from meterhouse.common.periods import anchor_sql, boundary_sql, step_sql, steps_between_sql
from meterhouse.price_book.book import PriceBook
from meterhouse.price_book.checks import renamed
from meterhouse.price_book.checks.rule import MACROS, Rule, find_problems
from meterhouse.price_book.errors import PriceBookError
from meterhouse.price_book.packages import blame_packages

# What is looked at in the ledger; a voided invoice counts as never billed (S-50).
_FINAL = {
    **renamed.FINAL,
    "final_periods": """
        select contract_id, period_start, period_end, min(invoice_id) as invoice_id
        from ledger.invoices
        where invoice_type = 'usage' and status <> 'void'
        group by all
    """,
    "final_currencies": """
        select contract_id, currency, min(invoice_id) as invoice_id
        from ledger.invoices
        where status <> 'void'
        group by all
    """,
    "applied": """
        select
            -- a true-up has taken its commit's one segment, so far as usage has not (S-37); what
            -- late lines draw is of that, and what went back is not taken any more (S-38)
            invoice_lines.commit_id, coalesce(invoice_lines.segment, 1) as segment,
            coalesce(
                sum(invoice_lines.amount) filter (invoice_lines.line_type = 'true_up'),
                -sum(invoice_lines.amount)
            )::decimal(20, 4) as applied
        from ledger.invoice_lines
        inner join ledger.invoices on invoice_lines.invoice_id = invoices.invoice_id
        where
            invoice_lines.line_type in ('commit_applied', 'true_up')
            -- what a threshold bought is in no price book (S-58)
            and invoice_lines.commit_id not in (select commit_id from ledger.automatic_commits)
            and (
                invoices.status <> 'void'
                -- what a void invoice gave back its replacement gives back again (S-50)
                or (
                    invoice_lines.line_type = 'commit_applied'
                    and invoice_lines.amount > 0
                    and not exists (
                        select 1
                        from ledger.invoices as again
                        where again.contract_id = invoices.contract_id
                            and again.invoice_type = invoices.invoice_type
                            and again.period_start is not distinct from invoices.period_start
                            and again.status = 'finalized'
                    )
                )
            )
        group by all
    """,
    "automatic_commits": """
        select automatic_commits.commit_id, min(automatic_commits.invoice_id) as invoice_id
        from ledger.automatic_commits
        group by all
    """,
}

# The period of S-3 that a final period's first day lies in, by the contract as it is written now.
_EXPECTED_PERIODS = f"""
    with stepped as (
        select
            final_periods.*,
            contracts.file_row, contracts.starting_on, contracts.ending_before,
            {step_sql("contracts.billing_frequency")} as step,
            {anchor_sql("contracts.starting_on", "contracts.billing_anchor", "step")} as origin,
            {steps_between_sql("origin", "final_periods.period_start", "step")} as steps
        from contracts
        inner join final_periods on contracts.contract_id = final_periods.contract_id
    ),

    counted as (
        select
            *,
            steps - ({boundary_sql("origin", "step", "steps")} > period_start)::integer as passed
        from stepped
    ),

    expected as (
        select
            *,
            greatest(starting_on, {boundary_sql("origin", "step", "passed")}) as expected_start,
            least(
                end_or_never(ending_before), {boundary_sql("origin", "step", "passed + 1")}
            ) as expected_end
        from counted
    )
"""

RULES = (
    Rule(
        "final_contract_missing",
        "contracts",
        "contract_id",
        """
        select null::bigint as file_row, final_currencies.contract_id,
            min(final_currencies.invoice_id) as invoice_id
        from final_currencies
        anti join contracts on final_currencies.contract_id = contracts.contract_id
        group by all
        order by all
        """,
        "The contract '{contract_id}' is gone, but has final invoices, such as {invoice_id}.",
        "Restore its row; to end it, write the day in ending_before.",
    ),
    Rule(
        "final_period_moved",
        "contracts",
        "starting_on",
        f"""
        {_EXPECTED_PERIODS}
        select
            file_row, min(period_start) as period_start,
            arg_min(contract_id, period_start) as contract_id,
            arg_min(period_end, period_start) as period_end,
            arg_min(invoice_id, period_start) as invoice_id,
            arg_min(
                case
                    when expected_start <> period_start then 'starting_on' else 'ending_before'
                end,
                period_start
            ) as blamed_column
        from expected
        where
            period_start < starting_on
            or period_start >= end_or_never(ending_before)
            or (expected_start, expected_end) <> (period_start, period_end)
        group by file_row
        """,
        "The period from {period_start} to {period_end} of contract '{contract_id}' is final"
        " (invoice {invoice_id}), and by its dates, frequency and anchor as they are now it would"
        " have other boundaries (S-3, S-43).",
        "Restore them. For another calendar, end the contract at a period's end and add a new one.",
    ),
    Rule(
        "final_currency_changed",
        "contracts",
        "rate_card_id",
        """
        select contracts.file_row, rate_cards.rate_card_id,
            min(rate_cards.currency) as currency,
            min(final_currencies.currency) as final_currency,
            min(final_currencies.invoice_id) as invoice_id
        from contracts
        inner join rate_cards on contracts.rate_card_id = rate_cards.rate_card_id
        inner join final_currencies on contracts.contract_id = final_currencies.contract_id
        where rate_cards.currency <> final_currencies.currency
        group by all
        """,
        "The card '{rate_card_id}' is in {currency}, but invoice {invoice_id} of the contract is"
        " final in {final_currency}.",
        "Name a card in {final_currency}, or end the contract and add one in {currency}.",
    ),
    Rule(
        "access_below_applied",
        "commit_access",
        "amount",
        """
        select
            commit_access.file_row, applied.commit_id, applied.segment, applied.applied,
            coalesce(commit_access.amount::varchar, 'no row') as amount
        from applied
        left join commit_access
            on
                applied.commit_id = commit_access.commit_id
                and applied.segment = commit_access.segment
        where applied.applied > coalesce(commit_access.amount, 0)
        order by all
        """,
        "Final invoices have taken {applied} from segment {segment} of '{commit_id}', which has"
        " {amount} (S-41).",
        "Raise the amount to at least {applied}.",
    ),
    Rule(
        "commit_bought_by_threshold",
        "commits",
        "commit_id",
        """
        select commits.file_row, commits.commit_id, automatic_commits.invoice_id
        from commits
        inner join automatic_commits on commits.commit_id = automatic_commits.commit_id
        """,
        "A threshold has bought a commit '{commit_id}' (invoice {invoice_id}); this one would be"
        " taken for it (S-58).",
        "Give the commit another id.",
    ),
    *renamed.RULES,
)


def check_against_ledger(book: PriceBook, ledger: duckdb.DuckDBPyConnection) -> None:
    """Raises PriceBookError if the book contradicts a final invoice.

    `ledger` is a connection in which the tables `ledger.invoices`, `ledger.invoice_lines` and
    `ledger.automatic_commits` exist, as warehouse_tables.py has them.
    """
    con = book.cursor()
    for statement in MACROS:
        con.execute(statement)
    for name, query in _FINAL.items():
        con.register("ledger_rows", ledger.sql(query).to_arrow_table())
        con.execute(f"create or replace temp table {name} as select * from ledger_rows")
        con.unregister("ledger_rows")
    problems = [
        problem
        for rule in RULES
        for problem in find_problems(con, rule, book.files[rule.table], set())
    ]
    if problems:
        raise PriceBookError(book.seeds, blame_packages(problems, book.files))
