"""How revenue is booked (S-81): policies that do not go with what they say."""

from meterhouse.price_book.accounting_tables import POLICIES
from meterhouse.price_book.checks.rule import Rule
from raw_events.common.sql import literals

_FITS = " or ".join(
    f"(policy = '{policy}' and value in ({literals(values)}))"
    for policy, values in POLICIES.items()
)

RULES = (
    Rule(
        "policy_value",
        "revenue_policies",
        "value",
        f"select file_row, policy, value from revenue_policies where not ({_FITS})",
        "'{policy}' cannot be '{value}' (S-81).",
        "; ".join(f"{policy} is {' or '.join(values)}" for policy, values in POLICIES.items())
        + ".",
    ),
    Rule(
        "policy_rate",
        "revenue_policies",
        "rate",
        """
        select
            file_row, policy, value,
            case when value = 'proportional' then 'needs a rate below 1 with at most 4 decimals'
                else 'has a rate, which nothing reads' end as what,
            case when value = 'proportional'
                then 'Write the part that is expected to expire unused, like 0.125'
                else 'Leave rate empty' end as step
        from revenue_policies
        where
            (value = 'proportional') <> (rate is not null)
            or rate >= 1
            or rate <> round(rate, 4)
        """,
        "'{policy}' of '{value}' {what} (S-81).",
        "{step}.",
    ),
)
