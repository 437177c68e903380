"""The records of a forecast: by product, by invoice, by commit (S-85).

Low is never above the middle, nor high below it: a price that falls with the quantity (volume
tiers) or what balances leave may order the paths otherwise.
"""

_BOUNDS = """
            least({low}, {middle}, {high}) as amount_low, {middle} as amount_middle,
            greatest({low}, {middle}, {high}) as amount_high"""


def _amounts(column: str) -> str:
    """Three sums of a column, by path."""

    def of(path: str) -> str:
        return f"coalesce(sum({column}) filter (path = '{path}'), 0)::decimal(20, 4)"

    return _BOUNDS.format(low=of("low"), middle=of("middle"), high=of("high"))


def _quantity(path: str) -> str:
    return (
        f"(sum(quantity) filter (path = '{path}' and line_type = 'usage'))::decimal(28, 10)"
        f" as quantity_{path}"
    )


# Of late usage, which belongs to other periods, a product's row has nothing.
PRODUCTS = f"""
    create table forecast.products as
    with methods as (
        select methods.contract_id, methods.period_start, segments.product_id,
            min(methods.method) as method,
        from forecast.methods as methods
        inner join calendar.product_segments as segments
            on methods.contract_id = segments.contract_id
            and methods.period_start = segments.period_start
            and methods.metric = segments.metric
        group by all
    ),

    lines as (
        from forecast.lines
        union all by name
        select 'now' as path, * from forecast.lines_now
    ),

    products as (
        select contract_id, period_start, product_id, pricing_unit,
            (sum(quantity) filter (path = 'now' and line_type = 'usage'))::decimal(28, 10)
                as quantity_so_far,
            {_quantity("low")},
            {_quantity("middle")},
            {_quantity("high")},
            coalesce(sum(amount) filter (path = 'now'), 0)::decimal(20, 4) as amount_so_far,
            {_amounts("amount")},
            bool_and(line_type = 'subscription') as is_known,
        from lines
        where product_id is not null and corrects_invoice_id is null
            and line_type <> 'commit_applied'
        group by contract_id, period_start, product_id, pricing_unit
    )

    select products.* exclude (is_known),
        coalesce(methods.method, if(is_known, 'known', 'derived')) as method,
    from products
    left join methods using (contract_id, period_start, product_id)
"""


def _of_invoice(kind: str, column: str) -> str:
    return f"""
        select '{kind}' as kind, totals.contract_id, totals.period_start,
            periods.currency as pricing_unit,
            coalesce(max(sums.{column}), 0)::decimal(20, 4) as amount_so_far,
            {_amounts(f"totals.{column}")},
        from forecast.totals as totals
        inner join forecast.periods as periods using (contract_id, period_start)
        left join forecast.totals_now as sums using (contract_id, period_start)
        group by totals.contract_id, totals.period_start, periods.currency
    """


RECORDS = f"""
    create table forecast.records as
    with found as (
        select 'product' as kind, * from forecast.products
        union all by name
        {_of_invoice("spend", "subtotal")}
        union all by name
        {_of_invoice("total", "total")}
        union all by name
        select 'commit' as kind, * from forecast.commits
    )

    select 'forecast' as record, moment.as_of, periods.customer_id, periods.period_end, found.*,
    from found
    inner join forecast.periods as periods using (contract_id, period_start)
    cross join forecast.moment as moment
"""
