"""Commits and what is left of them.

What a balance has come to is told once for each segment, as the publication shows it: alerts, which
resolve and fire again, are another rule (S-76).
"""

from meterhouse.delivery.events.event import Event, midnight

LOW_PERCENT = 10
# A month, or of shorter segments their last quarter.
EXPIRING_DAYS = 30

_LEFT = """
    select
        [commit_id, segment::varchar{identity}] as identity,
        'commit:' || commit_id as subject,
        contracts.customer_id,
        {occurred_at} as occurred_at,
        json_object(
            'commit_id', commit_id,
            'segment', segment,
            'contract_id', balances.contract_id,
            'customer_id', contracts.customer_id,
            'pricing_unit', pricing_unit,
            'granted', granted::varchar,
            'remaining', remaining::varchar,
            'expired', expired::varchar,
            'starting_on', balances.starting_on,
            'ending_before', balances.ending_before
        ) as data
    from {{commit_balances}} as balances
    inner join {{book.contracts}} as contracts on balances.contract_id = contracts.contract_id
    cross join moment
    where balances.type in ('prepaid', 'credit') and {condition}
"""
_IN_FORCE = (
    f"moment.as_of >= {midnight('balances.starting_on')}"
    f" and moment.as_of < {midnight('balances.ending_before')}"
)

# A gated segment has its first day of service once it is paid; before, it has none.
_SERVES = "balances.serves_from"


def _left(condition: str, occurred_at: str = "moment.as_of", identity: str = "") -> str:
    return _LEFT.format(condition=condition, occurred_at=occurred_at, identity=identity)


EVENTS = (
    Event(
        "commit.created",
        "a run has seen a commit in the price book for the first time, or a threshold has bought"
        " one",
        f"""
        select
            [commits.commit_id] as identity,
            'commit:' || commits.commit_id as subject,
            contracts.customer_id,
            coalesce(
                first_seen.as_of, {midnight("min(balances.starting_on)")}
            ) as occurred_at,
            json_object(
                'commit_id', commits.commit_id,
                'contract_id', commits.contract_id,
                'customer_id', contracts.customer_id,
                'type', commits.type,
                'pricing_unit', min(balances.pricing_unit),
                'granted', sum(balances.granted)::varchar,
                'starting_on', min(balances.starting_on),
                'ending_before', max(balances.ending_before)
            ) as data
        from (select distinct commit_id, contract_id, type from {{commit_balances}}) as commits
        inner join {{book.contracts}} as contracts on commits.contract_id = contracts.contract_id
        inner join {{commit_balances}} as balances on commits.commit_id = balances.commit_id
        left join first_seen_commits as first_seen on commits.commit_id = first_seen.commit_id
        group by
            commits.commit_id, commits.contract_id, commits.type, contracts.customer_id,
            first_seen.as_of
        """,
    ),
    Event(
        "commit.segment_started",
        "a segment of a prepaid commit or a credit may be used from today on; of one that waits for"
        " its payment (S-73), once it is paid",
        _left(
            f"(balances.payment is null or {_SERVES} is not null)",
            midnight(f"coalesce({_SERVES}, balances.starting_on)"),
            f", coalesce({_SERVES}, balances.starting_on)::varchar",
        ),
    ),
    Event(
        "commit.balance_low",
        f"a tenth ({LOW_PERCENT} %) or less is left of what a segment gave, and it is in force;"
        " once for each segment",
        _left(f"{_IN_FORCE} and remaining > 0 and remaining * 100 <= granted * {LOW_PERCENT}"),
    ),
    Event(
        "commit.exhausted",
        "nothing is left of a segment that is in force; once for each segment",
        _left(f"{_IN_FORCE} and remaining <= 0 and expired = 0 and granted > 0"),
    ),
    Event(
        "commit.expiring",
        f"a segment with something left ends in {EXPIRING_DAYS} days; of a segment shorter than"
        " four times that, in a quarter of its days",
        _left(
            "remaining > 0",
            midnight(
                f"balances.ending_before - least({EXPIRING_DAYS},"
                " (balances.ending_before - balances.starting_on) // 4)::integer"
            ),
            ", balances.ending_before::varchar",
        ),
    ),
    Event(
        "commit.expired",
        "a segment has ended with something left",
        _left(
            "expired > 0",
            midnight("balances.ending_before"),
            ", balances.ending_before::varchar",
        ),
    ),
)
