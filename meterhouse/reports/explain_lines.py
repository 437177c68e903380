"""The explanation of each type of line."""

from meterhouse.reports import explain_commits
from meterhouse.reports.explain_case import Case, Section
from meterhouse.reports.explain_rates import rate_sections
from meterhouse.reports.explain_usage import calculation, usage_sections


def sections_of(case: Case, limit: int) -> list[Section]:
    """Everything that explains a line besides its summary."""
    line_type = case.line["line_type"]
    if line_type in ("usage", "late_usage"):
        return usage_sections(case, limit)
    sections = {
        "subscription": _subscription,
        "composite": _composite,
        "scheduled": _scheduled,
        "commit_purchase": explain_commits.purchase,
        "commit_applied": explain_commits.coverage,
        "unit_conversion": _conversion,
        "true_up": explain_commits.true_up,
    }[line_type](case)
    return [*sections, *rate_sections(case)]


def _subscription(case: Case) -> list[Section]:
    line = case.line
    terms = case.section(
        "Subscription (S-34, S-35)",
        """
        select subscriptions.*, changes.effective_on, changes.quantity as quantity_from_then
        from book_subscriptions as subscriptions
        left join book_subscription_quantities as changes using (subscription_id)
        where subscriptions.contract_id = ? and subscriptions.product_id = ?
            and subscription_id = coalesce(?, subscription_id)
        order by subscription_id, effective_on
        """,
        case.header["contract_id"],
        line["product_id"],
        line["source_id"],
    )
    calculation = case.section(
        "How the amount comes about: full price × days charged / days of the full period",
        f"""
        select
            lines.quantity, lines.unit_price,
            cast(lines.quantity * lines.unit_price as decimal(38, 20)) as full_price,
            lines.service_end - lines.service_start as days_charged,
            periods.full_period_end - periods.full_period_start as days_of_full_period,
            lines.amount
        from {case.lines} as lines
        left join calendar.billing_periods as periods
            on periods.contract_id = ? and lines.service_start >= periods.period_start
            and lines.service_start < periods.period_end
        where line_number = ?
        """,
        case.header["contract_id"],
        line["line_number"],
        note="without proration any started period costs the full price",
    )
    return [calculation, terms]


def _composite(case: Case) -> list[Section]:
    bases = case.section(
        "The lines that the percentage is taken of, before commits (S-29)",
        f"""
        with rates as (
            select
                lines.line_number as composite_line,
                greatest(rates.starting_on, overrides.starting_on) as starts_on,
                least(
                    coalesce(rates.ending_before, date 'infinity'),
                    coalesce(overrides.ending_before, date 'infinity')
                ) as ends_before,
                (overrides.override_id is not null, overrides.priority) as rank
            from {case.lines} as lines
            inner join book_rates as rates using (rate_id)
            left join book_contract_overrides as overrides
                on lines.override_id = overrides.override_id
            where line_type = 'composite' and lines.product_id = $product
        ),

        bases as (
            select lines.*, arg_max(rates.composite_line, rates.rank) as composite_line
            from {case.lines} as lines
            inner join book_products as products using (product_id)
            inner join rates
                on lines.service_start >= rates.starts_on
                and lines.service_start < rates.ends_before
            where line_type in ('usage', 'subscription') and pricing_unit = $unit
                and exists (
                    select 1 from book_composite_products as listed
                    where listed.product_id = $product
                        and (
                            listed.applies_to_product_id = lines.product_id
                            or list_contains(products.tags, listed.applies_to_tag)
                        )
                )
            group by all
        )

        select
            line_number, line_type, product_id, service_start, amount,
            cast(sum(amount) over (order by line_number) as decimal(28, 4)) as sum_so_far
        from bases
        where composite_line = $line
        order by line_number
        """,
        {
            "product": case.line["product_id"],
            "unit": case.line["pricing_unit"],
            "line": case.line["line_number"],
        },
        note="lines whose first day lies under another rate have a composite line of their own; "
        "minimum and maximum of the product settle on its last line",
    )
    return [calculation(case), bases]


def _scheduled(case: Case) -> list[Section]:
    query = "select * from book_scheduled_charges where charge_id = ?"
    return [
        calculation(case),
        case.section("Scheduled charge (S-36)", query, case.line["source_id"]),
    ]


def _conversion(case: Case) -> list[Section]:
    behind = case.section(
        "The lines behind it: charged in custom units, less what balances of the unit cover (S-49)",
        f"""
        with behind as (
            select *, sum(amount) over (partition by pricing_unit) as left_over
            from {case.lines}
            where pricing_unit <> ? and line_type <> 'unit_conversion'
        ),

        units as (
            select *, dense_rank() over (order by pricing_unit) as unit_number
            from behind
            where left_over <> 0
        ),

        conversions as (
            select line_number, row_number() over (order by line_number) as unit_number
            from {case.lines}
            where line_type = 'unit_conversion'
        )

        select
            line_number, line_type, product_id, pricing_unit, amount,
            cast(sum(amount) over (order by line_number) as decimal(28, 4)) as sum_so_far
        from units
        where unit_number = (select unit_number from conversions where line_number = ?)
        order by line_number
        """,
        case.header["currency"],
        case.line["line_number"],
    )
    units = sorted({row[3] for row in behind.rows})
    rates = case.section(
        "Conversion rates of the card: the one in force on the period's last day",
        "select rates.* from book_pricing_unit_conversions as rates "
        "inner join book_contracts as contracts using (rate_card_id) "
        "where contract_id = ? and list_contains(?, pricing_unit) order by starting_on",
        case.header["contract_id"],
        units,
    )
    return [calculation(case), behind, rates]
