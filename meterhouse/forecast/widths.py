"""How far the low and the high path are from the middle one (S-85).

From what earlier forecasts of the data directory missed by, in the same tenth of their periods: the
tenth and the ninetieth percentile of their relative errors in quantity. Where fewer than ENOUGH are
known, of that method and else of all, the widths are fixed. An outcome is known only once its
invoice is final, so nothing here looks ahead.
"""

import duckdb

from meterhouse.forecast.statements import quotient, run_all

ENOUGH = 30
# Errors of longer ago were of another company.
DAYS = 400
# Of what is expected, when a period begins; it narrows in step with what is left of the period.
FIXED = {"sum": "0.4", "unique": "0.4", "maximum": "0.2", "level": "0.2"}
_ERROR = quotient("greatest(-middle, least(10 * middle, actual - middle))", "middle")
_FIXED = ", ".join(f"('{method}', {width}::decimal(2, 1))" for method, width in FIXED.items())

_WIDTHS = f"""
    create table forecast.errors as
    select method, tenth, {_ERROR} as error,
    from (
        select method, tenth, quantity_middle as middle, actual_quantity as actual,
        from {{source}}
        where record = 'outcome' and kind = 'product' and quantity_middle > 0
            and actual_quantity is not null
            and as_of < (select as_of from forecast.moment)
            and as_of >= (select as_of from forecast.moment) - interval {DAYS} day
    );
    create table forecast.widths as
    with measured as (
        select method, tenth, quantile_disc(error, 0.1) as low, quantile_disc(error, 0.9) as high,
        from forecast.errors
        group by grouping sets ((method, tenth), (tenth))
        having count(*) >= {ENOUGH}
    )

    select methods.method, tenths.tenth::integer as tenth,
        least(coalesce(own.low, every.low, -fixed.width), 0)::decimal(28, 10) as low,
        greatest(coalesce(own.high, every.high, fixed.width), 0)::decimal(28, 10) as high,
        own.low is not null or every.low is not null as is_measured,
    from (values {_FIXED}) as methods (method, at_first)
    cross join (select unnest(range(10)) as tenth) as tenths
    cross join lateral (
        select (methods.at_first * (10 - tenths.tenth) * 0.1::decimal(2, 1)) as width
    ) as fixed
    left join measured as own on methods.method = own.method and tenths.tenth = own.tenth
    left join measured as every on every.method is null and tenths.tenth = every.tenth
"""


def choose_widths(con: duckdb.DuckDBPyConnection, source: str) -> None:
    """`forecast.widths`: by method and tenth of the period; `source` is the log's rows as SQL."""
    run_all(con, _WIDTHS.format(source=source))
