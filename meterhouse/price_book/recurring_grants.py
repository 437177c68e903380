"""Recurring grants ("25 credits a month, a third rolls over"), expanded when the book is read.

A row of `recurring_grants.csv` gives its commit's access segments and, for a prepaid commit, its
purchases; everything after this knows commits alone. Boundaries count from `starting_on`, clamped
to the month's last day as in S-3. What rolls over has a segment of its own, before the new grant
of the same days, so that it is used first: 1, then 2 (rolled over) and 3, 4 and 5, … It lives for
`rollover_grants` grants and takes, at most, a fraction of the grant as it was (`rollover_of`
original) or of what is left of it (remaining).
"""

import duckdb

from meterhouse.common.periods import (
    FREQUENCIES,
    boundary_sql,
    step_sql,
    steps_between_sql,
)
from meterhouse.price_book.columns import (
    Table,
    _commit,
    amount,
    choice,
    date,
    integer,
    unit_price,
)

RECURRING_TABLES: dict[str, Table] = {
    "recurring_grants": Table("recurring_grants", ("commit_id",), (
        _commit(required=True),
        choice("frequency", required=True, choices=tuple(FREQUENCIES)),
        date("starting_on", required=True),
        date("ending_before"),
        amount("amount", required=True, at_least=0),
        amount("invoice_amount", at_least=0),
        unit_price("rollover_fraction", default="0", at_least=0, at_most=1),
        choice("rollover_of", default="original", choices=("original", "remaining")),
        integer("rollover_grants", default="1", at_least=1, at_most=120),
    )),
}  # fmt: skip

# An expanded row stands in no file: its number says of which row it is made, negative.
_GRANTS = f"""
    create or replace temp table granted as
    with bounded as (
        select
            -recurring_grants.file_row as file_row,
            recurring_grants.commit_id,
            recurring_grants.amount,
            recurring_grants.invoice_amount,
            recurring_grants.rollover_fraction,
            recurring_grants.rollover_of,
            recurring_grants.rollover_grants,
            coalesce(pricing_units.decimals, 4) as decimals,
            recurring_grants.starting_on as anchor_on,
            coalesce(recurring_grants.ending_before, contracts.ending_before) as ends_on,
            {step_sql("recurring_grants.frequency")} as step
        from recurring_grants
        -- a postpaid commit, or one whose segments are written down already, is refused by a rule:
        -- made all the same, its segments would be blamed as well
        inner join commits
            on recurring_grants.commit_id = commits.commit_id and commits.type <> 'postpaid'
        anti join commit_access on recurring_grants.commit_id = commit_access.commit_id
        inner join contracts on commits.contract_id = contracts.contract_id
        left join pricing_units on commits.pricing_unit = pricing_units.pricing_unit
        qualify row_number() over (
            partition by recurring_grants.commit_id order by recurring_grants.file_row
        ) = 1
    ),

    numbered as (
        select *, unnest(range({steps_between_sql("anchor_on", "ends_on", "step")} + 1)) as place
        from bounded
        where ends_on is not null and anchor_on is not null and step is not null
    )

    select
        *,
        {boundary_sql("anchor_on", "step", "place")} as starting_on,
        least({boundary_sql("anchor_on", "step", "place + 1")}, ends_on)
            as ending_before,
        least({boundary_sql("anchor_on", "step", "place + rollover_grants")}, ends_on)
            as rollover_ending_before
    from numbered
    where {boundary_sql("anchor_on", "step", "place")} < ends_on
"""
_SEGMENTS = """
    insert into commit_access by name
    select
        file_row, commit_id, amount, starting_on, ending_before,
        (case when rollover_fraction > 0 then 2 * place + 1 else place + 1 end)::integer as segment
    from granted
    union all by name
    -- at most that fraction of the grant before; what rolled over does not roll on
    select
        file_row, commit_id, starting_on, rollover_ending_before as ending_before,
        (2 * place)::integer as segment,
        (2 * place - 1)::integer as rolls_over_from,
        case when rollover_of = 'remaining' then rollover_fraction end as rollover_fraction,
        -- each branch is cast: a case takes the fewest decimals of its branches
        case decimals
            when 0 then round(amount * rollover_fraction, 0)::decimal(20, 4)
            when 1 then round(amount * rollover_fraction, 1)::decimal(20, 4)
            when 2 then round(amount * rollover_fraction, 2)::decimal(20, 4)
            when 3 then round(amount * rollover_fraction, 3)::decimal(20, 4)
            else round(amount * rollover_fraction, 4)::decimal(20, 4)
        end as amount
    from granted
    where rollover_fraction > 0 and place > 0
"""
_PURCHASES = """
    insert into commit_invoices by name
    select file_row, commit_id, starting_on as invoice_on, invoice_amount as amount
    from granted
    where invoice_amount is not null
"""


def expand_recurring_grants(con: duckdb.DuckDBPyConnection) -> None:
    """Fill commit_access and commit_invoices of `con` with what recurring grants give.

    A grant that nothing ends gives no rows; the rules say so. The last one may be short, and is
    given in full. Commits have their pricing units by now (`resolve_defaults`).
    """
    con.execute(_GRANTS)
    con.execute(_SEGMENTS)
    con.execute(_PURCHASES)
    con.execute("drop table granted")
