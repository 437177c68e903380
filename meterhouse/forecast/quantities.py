"""Quantities at every moment that the models ask for, on three paths (S-85).

`forecast.methods` says how each metric group goes on; `forecast.paths` has what comes of it, with
`calendar.evaluation_dates` of the clock at the periods' ends.
"""

import duckdb

from meterhouse.forecast.statements import quotient, run_all

RECENT_DAYS = 28
_DAY = 86_400_000_000
_RATE = quotient("recent", "known_days::decimal(28, 10)")
_DAYS_AHEAD = quotient("ahead_us::decimal(28, 10)", f"{_DAY}::decimal(28, 10)")
_TIMES_SO_FAR = quotient("ahead_us::decimal(28, 10)", "passed_us::decimal(28, 10)")
_SCALED = quotient("quantity * curve.keys_then::decimal(10, 0)", "curve.keys_now::decimal(28, 10)")

# The running value now, of the newest moment that each version was measured at. A metric whose days
# do not roll up still goes on like a sum where more came together than on any of its days: the
# running value of an average, a ratio or a percentile never is.
METHODS = f"""
    create table forecast.methods as
    with newest as (
        select contract_id, period_start, metric, metric_version, max(measured_at) as measured_at,
        from forecast.used group by all
    ),

    now_used as (
        select used.*, rollups.rollup,
        from forecast.used as used
        semi join newest
            on used.contract_id = newest.contract_id and used.period_start = newest.period_start
            and used.metric = newest.metric and used.metric_version = newest.metric_version
            and used.measured_at = newest.measured_at
        inner join (
            select distinct metric, metric_version, rollup from calendar.billable_metrics
        ) as rollups
            on used.metric = rollups.metric and used.metric_version = rollups.metric_version
    ),

    -- a version that is new knows nothing of the days before it was measured
    since as (
        select days.contract_id, days.metric, days.metric_version,
            min(days.usage_date) as measured_on, min(pointers.starting_on) as pointed_on,
        from forecast.days as days
        cross join forecast.moment as moment
        left join price_book.product_metrics as pointers
            on moment.price_book = pointers.price_book and days.metric = pointers.metric
            and days.metric_version = pointers.version
        group by all
    ),

    recent_days as (
        select used.contract_id, used.period_start, used.metric, used.metric_version,
            used.metric_group,
            max(days.quantity) filter (days.usage_date >= used.period_start) as highest,
            sum(days.quantity) filter (
                days.usage_date < moment.today and days.usage_date >= moment.today - {RECENT_DAYS}
            ) as recent,
        from now_used as used
        cross join forecast.moment as moment
        inner join forecast.days as days
            on used.contract_id = days.contract_id and used.metric = days.metric
            and used.metric_version = days.metric_version
            and used.metric_group = days.metric_group
            and days.usage_date >= least(used.period_start, moment.today - {RECENT_DAYS})
        group by all
    )

    select
        used.contract_id, used.period_start, used.metric, used.metric_version, used.measured_at,
        used.metric_group, coalesce(used.quantity, 0)::decimal(28, 10) as quantity,
        case
            when used.rollup = 'sum' or (used.rollup is null and used.quantity > days.highest)
                then 'sum'
            when used.rollup = 'unique' then 'unique'
            when used.rollup = 'max' then 'maximum'
            else 'level'
        end as method,
        least({RECENT_DAYS}, moment.today - greatest(
            periods.starting_on, coalesce(least(since.pointed_on, since.measured_on), '-infinity')
        ))::integer as known_days,
        coalesce(days.recent, 0)::decimal(28, 10) as recent,
    from now_used as used
    inner join forecast.periods as periods
        on used.contract_id = periods.contract_id and used.period_start = periods.period_start
    cross join forecast.moment as moment
    left join since
        on used.contract_id = since.contract_id and used.metric = since.metric
        and used.metric_version = since.metric_version
    left join recent_days as days
        on used.contract_id = days.contract_id and used.period_start = days.period_start
        and used.metric = days.metric and used.metric_version = days.metric_version
        and used.metric_group = days.metric_group;
    create table forecast.curves as
    with last_periods as (
        select periods.contract_id, periods.period_start, before.period_start as curve_start,
            before.period_end as curve_end,
        from forecast.periods as periods
        inner join calendar.billing_periods as before
            on periods.contract_id = before.contract_id
            and periods.period_start = before.period_end
    ),

    first_days as (
        select methods.contract_id, methods.period_start, methods.metric, methods.metric_version,
            methods.metric_group, last_periods.curve_start, last_periods.curve_end,
            states.unique_key, min(states.window_start) as first_day,
        from forecast.methods as methods
        inner join last_periods
            on methods.contract_id = last_periods.contract_id
            and methods.period_start = last_periods.period_start
        inner join usage.day_states as states
            on methods.contract_id = states.contract_id and methods.metric = states.metric
            and methods.metric_version = states.metric_version
            and methods.metric_group = states.metric_group
            and states.window_start >= last_periods.curve_start
            and states.window_start < last_periods.curve_end
        where methods.method = 'unique' and states.unique_key is not null
        group by all
    )

    select contract_id, period_start, metric, metric_version, metric_group,
        (first_day - curve_start + 1)::integer as by_day, count(*) as keys,
    from first_days
    group by all
"""

# What happens in the moment between: `left_us` of the period are left at the moment of the run.
# Where a version begins later, another one of the same metric stands for it.
_MOMENTS = f"""
    create table forecast.ahead as
    with dates as (
        select dates.*, periods.tenth, moment.today, moment.passed_us,
        from calendar.evaluation_dates as dates
        inner join forecast.periods as periods
            on dates.contract_id = periods.contract_id and dates.period_start = periods.period_start
        cross join forecast.moment as moment
    ),

    known as (
        select distinct contract_id, period_start, metric, metric_version,
        from forecast.methods
        where measured_at > (select today from forecast.moment)
    ),

    standing as (
        select dates.*, coalesce(same.metric_version, newest.metric_version) as standing_version,
        from dates
        left join known as same
            on dates.contract_id = same.contract_id and dates.period_start = same.period_start
            and dates.metric = same.metric and dates.metric_version = same.metric_version
        left join (
            select contract_id, period_start, metric, max(metric_version) as metric_version,
            from known group by all
        ) as newest
            on dates.contract_id = newest.contract_id
            and dates.period_start = newest.period_start and dates.metric = newest.metric
    )

    select standing.*, methods.metric_group, methods.method, methods.quantity,
        methods.recent, methods.known_days,
        ((standing.measured_at - standing.today) * {_DAY} - standing.passed_us)::bigint as ahead_us,
    from standing
    inner join forecast.methods as methods
        on standing.contract_id = methods.contract_id
        and standing.period_start = methods.period_start
        and standing.metric = methods.metric
        and standing.standing_version = methods.metric_version
    -- what was measured at a moment that is past is known
    where standing.measured_at > standing.today and methods.measured_at > standing.today
"""

_PATHS = f"""
    create table forecast.paths as
    with scaled as (
        select ahead.*,
            coalesce(case
                when method = 'sum' and known_days > 0
                    then (quantity + {_RATE} * {_DAYS_AHEAD})::decimal(28, 10)
                -- on a contract's first day, at the pace of that day
                when method = 'sum'
                    then (quantity + quantity * {_TIMES_SO_FAR})::decimal(28, 10)
                when method = 'unique' then {_SCALED}
            end, quantity) as middle,
        from forecast.ahead as ahead
        left join lateral (
            select
                sum(keys) filter (by_day <= ahead.today - ahead.period_start + 1) as keys_now,
                sum(keys) filter (by_day <= ahead.measured_at - ahead.period_start) as keys_then,
            from forecast.curves as curves
            where ahead.method = 'unique'
                and curves.contract_id = ahead.contract_id
                and curves.period_start = ahead.period_start
                and curves.metric = ahead.metric
                and curves.metric_version = ahead.standing_version
                and curves.metric_group = ahead.metric_group
        ) as curve on true
    )

    select
        scaled.contract_id, scaled.period_start, scaled.metric, scaled.metric_version,
        scaled.measured_at, scaled.metric_group, scaled.method,
        greatest(
            case when scaled.method = 'level' then 0 else scaled.quantity end,
            scaled.middle + scaled.middle * widths.low
        )::decimal(28, 10) as low,
        scaled.middle,
        greatest(scaled.middle, scaled.middle + scaled.middle * widths.high)::decimal(28, 10)
            as high,
    from scaled
    inner join forecast.widths as widths
        on scaled.method = widths.method and scaled.tenth = widths.tenth
    union all
    select used.contract_id, used.period_start, used.metric, used.metric_version, used.measured_at,
        used.metric_group, null, used.quantity, used.quantity, used.quantity,
    from forecast.used as used
    semi join calendar.evaluation_dates as dates
        on used.contract_id = dates.contract_id and used.period_start = dates.period_start
        and used.metric = dates.metric and used.metric_version = dates.metric_version
        and used.measured_at = dates.measured_at
    cross join forecast.moment as moment
    anti join forecast.ahead as ahead
        on used.contract_id = ahead.contract_id and used.period_start = ahead.period_start
        and used.metric = ahead.metric and used.metric_version = ahead.metric_version
        and used.measured_at = ahead.measured_at
"""


def say_how_groups_go_on(con: duckdb.DuckDBPyConnection) -> None:
    """`forecast.methods` and the curves of unique counts, at the clock of the last run."""
    run_all(con, METHODS)


def project(con: duckdb.DuckDBPyConnection) -> None:
    """`forecast.paths`, with the calendar at the periods' ends and `forecast.widths`."""
    run_all(con, _MOMENTS)
    run_all(con, _PATHS)


def use_path(con: duckdb.DuckDBPyConnection, path: str) -> None:
    """What the rating models read, of `low`, `middle` or `high`."""
    con.execute("delete from usage.cumulative_usage")
    con.execute(
        "insert into usage.cumulative_usage by name select contract_id, period_start, metric, "
        f"metric_version, measured_at, metric_group, {path} as quantity from forecast.paths"
    )
