"""Tiers of rates and of overwriting overrides (S-24, S-26, S-27)."""

from meterhouse.price_book.checks.rule import Rule

_OWNERS = """
    select rate_id, rate_type, 'rate' as kind from rates
    union all
    select override_id as rate_id, coalesce(rate_type, override_type) as rate_type,
        'override' as kind
    from contract_overrides
"""

RULES = (
    *(
        Rule(
            "tiers_missing",
            table,
            "rate_type",
            f"""
            select file_row, rate_type, {key} as owner from {table}
            where rate_type in ('tiered', 'volume') and {key} not in (
                select rate_id from rate_tiers where rate_id is not null
            )
            """,
            "'{owner}' is {rate_type} and has no tiers (S-24).",
            "Add rows with rate_id '{owner}' to rate_tiers, or correct the rate_type.",
        )
        for table, key in (("rates", "rate_id"), ("contract_overrides", "override_id"))
    ),
    Rule(
        "unknown_reference",
        "rate_tiers",
        "rate_id",
        f"""
        select file_row, rate_id from rate_tiers
        where rate_id is not null and rate_id not in (
            select rate_id from ({_OWNERS}) where rate_id is not null
        )
        """,
        "There is no rate and no override '{rate_id}'.",
        "Correct it, or add the rate.",
    ),
    Rule(
        "tiers_of_two",
        "rate_tiers",
        "rate_id",
        """
        select rate_tiers.file_row, rates.rate_id, rates.file_row as rate_row,
            contract_overrides.file_row as override_row
        from rate_tiers
        inner join rates on rate_tiers.rate_id = rates.rate_id
        inner join contract_overrides on rates.rate_id = contract_overrides.override_id
        """,
        "'{rate_id}' is a rate (row {rate_row}) and an override (row {override_row}), so it is"
        " unclear whose tier this is.",
        "Give one of them another id.",
    ),
    Rule(
        "tiers_unused",
        "rate_tiers",
        "rate_id",
        f"""
        select rate_tiers.file_row, owners.rate_id, owners.kind, owners.rate_type
        from rate_tiers
        inner join ({_OWNERS}) as owners on rate_tiers.rate_id = owners.rate_id
        where owners.rate_type not in ('tiered', 'volume')
        """,
        "The {kind} '{rate_id}' is {rate_type}; only tiered and volume prices have tiers (S-24).",
        "Remove the tier, or correct the rate_type.",
    ),
    Rule(
        "tier_numbers",
        "rate_tiers",
        "tier",
        """
        select file_row, rate_id, tier,
            1 + coalesce(lag(tier) over (partition by rate_id order by tier), 0) as expected
        from rate_tiers
        where tier is not null
        qualify tier > expected
        """,
        "'{rate_id}' has no tier {expected}, but a tier {tier} (S-24).",
        "Number its tiers 1, 2, 3, … without a gap.",
    ),
    Rule(
        "tier_order",
        "rate_tiers",
        "up_to",
        """
        select file_row, up_to,
            lag(up_to) over (partition by rate_id order by tier) as previous
        from rate_tiers
        qualify up_to <= previous
        """,
        "The tier ends at {up_to}, the one before it at {previous} (S-24).",
        "Let up_to rise from tier to tier.",
    ),
    Rule(
        "tier_without_end",
        "rate_tiers",
        "up_to",
        """
        select file_row, tier, max(tier) over (partition by rate_id) as last_tier from rate_tiers
        qualify up_to is null and tier < last_tier
        """,
        "Tier {tier} has no end, so tier {last_tier} would never be reached (S-24).",
        "Write where it ends; only the last tier is open.",
    ),
    Rule(
        "last_tier_ends",
        "rate_tiers",
        "up_to",
        """
        select file_row, rate_id, up_to from rate_tiers
        qualify up_to is not null and tier = max(tier) over (partition by rate_id)
        """,
        "The last tier of '{rate_id}' ends at {up_to}: what is above would have no price (S-24).",
        "Leave up_to empty, or add another tier.",
    ),
)
