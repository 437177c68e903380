"""What is due and what became of messages, in SQL over the log (S-70, S-74)."""

from meterhouse.price_book.delivery_tables import TROUBLES
from raw_events.common.sql import literals

# One row for each message and target with an attempt or a replay: what came last, and the number of
# attempts since the last replay.
STATES = """
    select
        message_id,
        target,
        -- as one value: arg_max passes over nulls
        arg_max(struct_pack(record, outcome, status, detail, retry_at), place) as last,
        max(recorded_at) filter (where record = 'attempt') as attempted_at,
        max(attempt) as attempts,
        max(attempt) - coalesce(max(attempt) filter (where record = 'replay'), 0) as tries
    from (
        select *, attempt * 2 + (record = 'replay')::integer as place
        from deliveries
        where record <> 'message'
    )
    group by message_id, target
"""

# A message once, also where two processes wrote the same one.
MESSAGES = """
    select * from deliveries
    where record = 'message'
    qualify row_number() over (partition by message_id order by recorded_at, body) = 1
"""

# Which endpoint asks for which message: one of a customer gets that customer's alone (S-77), and
# nothing that happened before its first day. `targets`: targets.py.
IS_FOR = f"""
    (targets.customer_id is null or targets.customer_id = messages.customer_id)
    and targets.starting_on <= messages.occurred_at::date
    and (
        (
            list_contains(targets.event_types, '*')
            -- what billing providers get is for nobody else
            and not starts_with(messages.message_type, 'provider.')
        )
        or (
            list_contains(targets.event_types, 'troubles')
            and messages.message_type in ({literals(TROUBLES)})
        )
        or list_contains(targets.event_types, messages.message_type)
        or list_contains(targets.event_types, split_part(messages.message_type, '.', 1) || '.*')
    )
"""

# Invoices, by their subject, that a billing provider has taken back: what was held of one, or given
# up, is over.
_TAKEN_BACK = """
    select distinct voids.subject, attempts.target
    from deliveries as attempts
    inner join deliveries as voids on attempts.message_id = voids.message_id
    where attempts.outcome = 'delivered' and voids.record = 'message'
        and starts_with(voids.message_type, 'provider.') and ends_with(voids.message_type, '.void')
"""

# Messages × targets, with what became of each.
ALL = f"""
    select
        messages.message_id,
        messages.message_type,
        messages.subject,
        messages.sequence,
        messages.customer_id,
        messages.occurred_at,
        messages.body,
        messages.recorded_at as noted_at,
        targets.target,
        targets.disabled as is_disabled,
        coalesce(states.attempts, 0) as attempts,
        coalesce(states.tries, 0) as tries,
        states.last.status as status,
        states.last.detail as detail,
        states.attempted_at,
        case
            when coalesce(states.last.record, '') <> 'attempt' then 'waiting'
            when states.last.outcome in ('dead', 'held') and taken_back.target is not null
                then 'void'
            else states.last.outcome
        end as outcome,
        states.last.retry_at as retry_at
    from ({MESSAGES}) as messages
    inner join targets on {IS_FOR}
    left join ({STATES}) as states
        on messages.message_id = states.message_id and targets.target = states.target
    left join ({_TAKEN_BACK}) as taken_back
        on messages.subject = taken_back.subject and targets.target = taken_back.target
        and ends_with(messages.message_type, '.invoice')
"""

DUE = f"""
    select * from ({ALL})
    where
        not is_disabled
        and (outcome = 'waiting' or (outcome = 'failed' and retry_at <= $now))
    order by occurred_at, message_id, target
"""
