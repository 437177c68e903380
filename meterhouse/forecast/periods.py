"""Which periods are forecast, and the calendar of the scratch as it will be at their ends."""

# The state of the last run, before the clock of the scratch is moved. Of what was used so far only
# what the models of that run drafted.
NOW = """
    create table forecast.moment as
    select as_of, as_of::date as today, price_book,
        -- microseconds of the day that have passed: quantities are projected without a float
        (epoch_us(as_of) - epoch_us(as_of::date::timestamptz))::bigint as passed_us,
    from inputs.run;
    create table forecast.periods as
    select periods.contract_id, periods.customer_id, periods.currency, periods.period_start,
        periods.period_end, contracts.starting_on,
        -- of the period that runs, in microseconds: 10^12 of them are eleven days
        least(
            (moment.today - periods.period_start) * 86400000000 + moment.passed_us,
            (periods.period_end - periods.period_start) * 86400000000
        ) as elapsed_us,
        (periods.period_end - periods.period_start) * 86400000000 as length_us,
        least(9, 10 * elapsed_us // length_us)::integer as tenth,
    from calendar.open_periods as periods
    cross join forecast.moment as moment
    inner join price_book.contracts as contracts
        on moment.price_book = contracts.price_book
        and periods.contract_id = contracts.contract_id;
    create table forecast.lines_now as
    select lines.contract_id, drafts.period_start, lines.line_type, lines.product_id,
        lines.pricing_unit, lines.quantity, lines.amount, lines.corrects_invoice_id,
    from invoices.draft_lines as lines
    inner join invoices.draft_invoices as drafts using (invoice_id)
    semi join forecast.periods as periods
        on drafts.contract_id = periods.contract_id and drafts.period_start = periods.period_start
    where drafts.invoice_type = 'usage';
    create table forecast.totals_now as
    select drafts.contract_id, drafts.period_start, drafts.subtotal, drafts.total,
    from invoices.draft_invoices as drafts
    semi join forecast.periods as periods
        on drafts.contract_id = periods.contract_id and drafts.period_start = periods.period_start
    where drafts.invoice_type = 'usage';
    create table forecast.movements_now as
    select movements.commit_id, movements.segment, movements.amount,
    from invoices.commit_movements as movements
    inner join invoices.draft_invoices as drafts using (invoice_id)
    semi join forecast.periods as periods
        on drafts.contract_id = periods.contract_id and drafts.period_start = periods.period_start
    where movements.entry_type = 'application' and drafts.invoice_type = 'usage';
    create table forecast.commits_now as
    select balances.*,
    from marts.commit_balances as balances
    cross join forecast.moment as moment
    where balances.starting_on <= moment.today and balances.ending_before > moment.today
        and balances.granted > 0
"""

# S-11 of that moment: running values, those of late usage too, and the days that they were made of.
USED = """
    create table forecast.used as
    from usage.cumulative_usage;
    create table forecast.days as
    select days.contract_id, days.metric, days.metric_version, days.metric_group,
        days.window_start as usage_date, days.quantity,
    from usage.metric_values as days
    semi join forecast.periods as periods on days.contract_id = periods.contract_id
    cross join forecast.moment as moment
    where days.window_end = days.window_start + 1 and days.quantity is not null
"""

# Periods that begin later are none of this; they would be rated as well.
AT_THEIR_ENDS = """
    update inputs.run set as_of = (select max(period_end) from forecast.periods)::timestamptz
"""
NO_LATER_ONES = """
    delete from calendar.billing_periods
    where not is_final and (contract_id, period_start) not in (
        select (contract_id, period_start) from forecast.periods
    )
"""
