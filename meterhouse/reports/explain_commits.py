"""The explanation of what commits and credits put on an invoice."""

from meterhouse.reports.explain_case import Case, Section


def purchase(case: Case) -> list[Section]:
    """A commit that is bought: its schedule and what it gives."""
    query = "select * from book_commit_invoices where commit_id = ? order by invoice_on"
    return [
        *_threshold(case),
        case.section("Invoice schedule of the commit (S-37)", query, case.line["commit_id"]),
        _commit(case),
        *_gate(case),
    ]


def _gate(case: Case) -> list[Section]:
    """Of a commit that waits for its payment (S-73): what it waits for, as the last run saw it."""
    commit = case.line["commit_id"]
    if not case.rows("from book_commits where commit_id = ? and payment_gated", commit):
        return []
    section = case.section(
        "It gives balance once its purchase is paid (S-73)",
        """
        select
            states.segment, states.payment, states.paid_on, states.serves_from,
            coalesce(invoices.invoice_number, states.purchase_invoice_id) as purchase,
            case
                when states.payment = 'payment taken back'
                    then 'gives nothing more until invoice ' || purchase || ' is paid'
                when states.payment = 'waiting for payment' and purchase is null
                    then 'gives nothing until its purchase of ' || states.purchase_on || ' is paid'
                when states.payment = 'waiting for payment'
                    then 'gives nothing until invoice ' || purchase || ' is paid'
                when states.serves_from is null
                    then 'was paid after its last day, ' || (states.ending_before - 1)
                else 'gives balance from ' || states.serves_from || ' on'
            end as says
        from commits.gate_states as states
        left join ledger.invoices as invoices
            on states.purchase_invoice_id = invoices.invoice_id
        where states.commit_id = ?
        order by states.segment
        """,
        commit,
        note="from the day of payment (UTC) or its own start on; days of a final invoice stay as "
        "they are",
    )
    return [section]


def _threshold(case: Case) -> list[Section]:
    """Of a commit that nobody wrote: which threshold bought it, and what that found."""
    section = case.section(
        "The threshold that bought it (S-58)",
        "select threshold_id, kind, threshold_amount, found_amount, amount as bought "
        "from ledger.automatic_commits where commit_id = ?",
        case.line["commit_id"],
        note="found: what the open invoice came to after balances (spend), or what was left of "
        "balances in force (balance)",
    )
    return [section] if section.rows else []


def coverage(case: Case) -> list[Section]:
    """What a segment covers and gets back: its movements, and what it paid of each line."""
    line = case.line
    covered = case.section(
        "Charged lines of the invoice in the segment's unit, in the order in which they meet "
        "balances (S-40)",
        f"""
        select
            lines.line_number, lines.line_type, lines.product_id, lines.pricing_group,
            lines.service_start, lines.service_end, lines.amount,
            coalesce(paid.amount, 0) as paid_by_segment
        from {case.lines} as lines
        left join {case.applications} as paid
            on lines.line_number = paid.line_number and paid.commit_id = $1 and paid.segment = $2
        where lines.line_type <> 'commit_applied' and lines.pricing_unit = $3
        order by lines.line_number
        """,
        line["commit_id"],
        line["segment"],
        line["pricing_unit"],
        note="negative where the segment gets back what it had paid for the slice (S-38)",
    )
    ledger = case.section(
        "Ledger of the commit segment (S-41)",
        f"""
        with entries as (
            select invoices.sequence, invoices.invoice_id, invoices.status, lines.amount
            from ledger.invoice_lines as lines
            inner join ledger.invoices as invoices using (invoice_id)
            where lines.line_type = 'commit_applied' and lines.commit_id = $1 and lines.segment = $2
            union all
            select null, $3, 'draft', amount
            from {case.lines}
            where $4 and line_type = 'commit_applied' and commit_id = $1 and segment = $2
        )

        select
            invoice_id, status, entries.amount,
            -- a pledge gives what its final true-up charged
            cast(
                coalesce(trued_up.amount, access.amount)
                + sum(entries.amount) filter (status <> 'void') over (order by sequence nulls last)
                as decimal(20, 4)
            ) as balance_after
        from entries
        inner join book_commit_access as access on access.commit_id = $1 and access.segment = $2
        cross join (
            select sum(lines.amount) as amount
            from ledger.invoice_lines as lines
            inner join ledger.invoices as invoices using (invoice_id)
            where lines.line_type = 'true_up' and lines.commit_id = $1
                and invoices.status = 'finalized'
        ) as trued_up
        order by sequence nulls last
        """,
        line["commit_id"],
        line["segment"],
        case.header["invoice_id"],
        not case.is_final,
        note="a void invoice gives back what it took (S-50)",
    )
    return [_commit(case), *_gate(case), ledger, covered]


def true_up(case: Case) -> list[Section]:
    """The shortfall of a postpaid commit: what counted against it."""
    counted = case.section(
        "What was committed, less what counted against it (S-37)",
        "select access.amount as committed, cast(access.amount - cast(? as decimal(20, 4)) "
        "as decimal(20, 4)) as counted, cast(? as decimal(20, 4)) as shortfall "
        "from book_commit_access as access where commit_id = ?",
        case.line["amount"],
        case.line["amount"],
        case.line["commit_id"],
    )
    lines = case.section(
        "Lines of final invoices inside the commit's dates, with what balances covered of them",
        """
        with this as (
            select
                coalesce(max(sequence) filter (invoice_id = $3), 9223372036854775807) as sequence,
                coalesce(max(finalized_at) filter (invoice_id = $3), 'infinity') as finalized_at,
            from ledger.invoices
        )

        select
            invoices.invoice_id, lines.line_number, lines.line_type, lines.product_id,
            lines.service_start, lines.service_end, lines.amount,
            cast(sum(lines.amount) over (order by invoices.sequence, lines.line_number)
                as decimal(28, 4)) as sum_so_far
        from ledger.invoice_lines as lines
        inner join ledger.invoices as invoices using (invoice_id)
        inner join book_commit_access as access on access.commit_id = $1
        cross join this
        where invoices.contract_id = $2 and invoices.invoice_type in ('usage', 'late_usage')
            and invoices.finalized_at <= this.finalized_at
            and coalesce(invoices.voided_sequence > this.sequence, true)
            and lines.pricing_unit = $4
            and lines.service_start >= access.starting_on
            and lines.service_end <= access.ending_before
        order by invoices.sequence, lines.line_number
        """,
        case.line["commit_id"],
        case.header["contract_id"],
        case.header["invoice_id"],
        case.line["pricing_unit"],
        note="negative lines are set against their group first and give nothing back (S-40)",
    )
    return [counted, _commit(case), lines]


def _commit(case: Case) -> Section:
    return case.section(
        "The commit and what gives access to it",
        "select commits.* exclude (contract_id), access.* exclude (commit_id) "
        "from book_commits as commits left join book_commit_access as access using (commit_id) "
        "where commit_id = ? order by segment",
        case.line["commit_id"],
    )
