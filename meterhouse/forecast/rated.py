"""The rating models over each path, in the scratch: what lines and invoices would come to."""

from pathlib import Path

from meterhouse.dbt.project import ParsedProject
from meterhouse.forecast.periods import AT_THEIR_ENDS, NO_LATER_ONES, NOW, USED
from meterhouse.forecast.quantities import project, say_how_groups_go_on, use_path
from meterhouse.forecast.statements import run_all
from meterhouse.forecast.widths import choose_widths
from meterhouse.preview.drafts import build_in
from meterhouse.warehouse.database import open_warehouse

PATHS = ("low", "middle", "high")
_TO_MEASURE = (
    *("metric_windows", "due_windows", "due_window_days", "altered_windows"),
    *("due_carries", "due_carry_days", "carried_events", "carried_windows", "carry_days"),
)
# Events are in the copy, and what was measured of them.
MEASURED = ("folder:events", "folder:metrics", "metric_values", "day_states", *_TO_MEASURE)
_USED = ("+evaluation_dates", "+billable_metrics", "rolled_up_states", "cumulative_usage")
_RATED = ("+draft_lines", "+draft_invoices", "+commit_movements")
# What stands before the paths begin, and what they replace.
_BEFORE_PATHS = (
    *("folder:events", "folder:metrics", "folder:calendar"),
    *("metric_values", "day_states", "rolled_up_states", "cumulative_usage"),
    *("computed_windows", "bad_quantity_days"),
)
_RESULTS = """
    create table if not exists forecast.lines (
        path varchar, contract_id varchar, period_start date, line_type varchar,
        product_id varchar, pricing_unit varchar, quantity decimal(28, 10), amount decimal(20, 4),
        corrects_invoice_id varchar
    );
    create table if not exists forecast.totals (
        path varchar, contract_id varchar, period_start date, subtotal decimal(20, 4),
        total decimal(20, 4)
    );
    create table if not exists forecast.drawn (
        path varchar, commit_id varchar, segment integer, amount decimal(20, 4)
    )
"""
_TAKE = """
    create or replace temp table expected as
    select drafts.*
    from invoices.draft_invoices as drafts
    semi join forecast.periods as periods
        on drafts.contract_id = periods.contract_id and drafts.period_start = periods.period_start
    where drafts.invoice_type = 'usage';
    insert into forecast.lines by name
    select '{path}' as path, lines.contract_id, drafts.period_start, lines.line_type,
        lines.product_id, lines.pricing_unit, lines.quantity, lines.amount,
        lines.corrects_invoice_id,
    from invoices.draft_lines as lines
    inner join expected as drafts using (invoice_id);
    insert into forecast.totals by name
    select '{path}' as path, contract_id, period_start, subtotal, total,
    from expected;
    insert into forecast.drawn by name
    select '{path}' as path, movements.commit_id, movements.segment,
        sum(-movements.amount)::decimal(20, 4) as amount,
    from invoices.commit_movements as movements
    inner join expected as drafts using (invoice_id)
    where movements.entry_type = 'application'
    group by all
"""


def rate_paths(scratch: Path, project_of: ParsedProject, log: str) -> None:
    """Fill `forecast.lines`, `totals` and `drawn`, by path. `log`: rows of the log, as SQL."""
    with open_warehouse(scratch) as con:
        run_all(con, "create schema if not exists forecast")
    build_in(scratch, project_of, list(_USED), MEASURED, tests=False)
    with open_warehouse(scratch) as con:
        run_all(con, NOW)
        run_all(con, USED)
        say_how_groups_go_on(con)
        choose_widths(con, log)
        con.execute(AT_THEIR_ENDS)
    build_in(scratch, project_of, ["+billing_periods"], ["folder:events"], tests=False)
    with open_warehouse(scratch) as con:
        con.execute(NO_LATER_ONES)
    build_in(
        scratch,
        project_of,
        [*_RATED, "+evaluation_dates"],
        ["+billing_periods", *_not_calendar(project_of)],
        tests=False,
    )
    with open_warehouse(scratch) as con:
        project(con)
        run_all(con, _RESULTS)
    for path in PATHS:
        with open_warehouse(scratch) as con:
            use_path(con, path)
        build_in(scratch, project_of, list(_RATED), _BEFORE_PATHS, tests=False)
        with open_warehouse(scratch) as con:
            run_all(con, _TAKE.format(path=path))


def _not_calendar(project_of: ParsedProject) -> list[str]:
    """Models of other layers; of the calendar those that say what is still to be measured."""
    others = (node for node in project_of.compiled.models() if node.fqn[1] != "calendar")
    return [*_TO_MEASURE, *(node.unique_id for node in others)]
