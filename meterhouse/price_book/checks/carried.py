"""When a product goes over to a metric version that carries state over (S-14, S-56)."""

from meterhouse.common.periods import anchor_sql, step_sql
from meterhouse.price_book.checks.limits_that_mislead import first_day_from
from meterhouse.price_book.checks.rule import Rule

METRIC_WARNINGS = (
    Rule(
        "carry_inside_period",
        "product_metrics",
        "starting_on",
        f"""
        with switched as (
            select
                changes.file_row, changes.product_id, changes.starting_on as since,
                metrics.metric, metrics.version, metrics.carries,
                lag(metrics.carries) over (
                    partition by changes.product_id order by changes.starting_on
                ) as carried_before
            from product_metrics as changes
            inner join metrics
                on changes.metric = metrics.metric and changes.version = metrics.version
        ),

        met as (
            select
                switched.*, contracts.contract_id,
                {step_sql("contracts.billing_frequency")} as step,
                {anchor_sql("contracts.starting_on", "contracts.billing_anchor", "step")}
                    as anchor_on
            from switched
            inner join (select distinct rate_card_id, product_id from rates) as sold
                on switched.product_id = sold.product_id
            inner join contracts
                on
                    sold.rate_card_id = contracts.rate_card_id
                    and contracts.starting_on < switched.since
                    and end_or_never(contracts.ending_before) > switched.since
            where switched.carries and not switched.carried_before
        )

        -- contracts with boundaries of their own share no day: one that begins then is enough
        select
            file_row, product_id, since, metric, version, min(contract_id) as contract_id
        from met
        group by all
        having bool_and({first_day_from("anchor_on", "step", "since")} <> since)
        """,
        "'{product_id}' goes over to {metric} version {version}, which begins a period with what"
        " was there before, on {since}: on that day no billing period of a contract begins (such as"
        " '{contract_id}'), so one is measured in two ways that do not add up (S-14, S-56).",
        "Let the version begin on the first day of a billing period.",
    ),
)
