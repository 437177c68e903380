-- one row per carry, customer id as sent, day and combination of its `by` properties: the latest event
-- depends_on: {{ ref('due_carry_days') }}
-- depends_on: {{ ref('events') }}
-- S-56: what a period may begin with, kept by day, the event whole, so that no period reads the log
-- before it. Only days with new events or retractions are read. A day that has nothing to carry has
-- one row without an event, which says up to which log version it was looked at.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    contract={'enforced': true},
    pre_hook=["{{ forget_carry_days() }}", "{{ note_due_dates('true', 'due_carry_days') }}"],
) }}

with days as (
    select due.*, run.log_version
    from {{ ref('due_carry_days') }} as due
    cross join {{ source('inputs', 'run') }} as run
),

latest as (
    {% for carry in metric_carries() %}
        select
            '{{ carry.key }}' as carry,
            customer_id as sent_id,
            event_date,
            {{ carried_by(carry) }} as carried_by,
            arg_max(
                struct_pack(event_seq, event_type, timestamp, transaction_id, properties, property_texts),
                row(timestamp, event_seq)
            ) as event,
        from {{ ref('events') }} as events
        where event_type in {{ declared_values(carry.event_types) }}
            and {{ due_dates('event_date') }}
            and exists (
                select 1
                from days
                where days.carry = '{{ carry.key }}'
                    and days.sent_id = events.customer_id
                    and days.event_date = events.event_date
            )
            and {{ can_be_carried(carry) }}
        group by all
        {{ 'union all' if not loop.last }}
    {% else %}
        {# While dbt parses, or if no metric carries. #}
        select
            carry, sent_id, event_date, '' as carried_by,
            struct_pack(
                event_seq := 0::bigint, event_type := '', timestamp := null::timestamptz,
                transaction_id := '', properties := '', property_texts := ''
            ) as event
        from days
        where false
    {% endfor %}
)

select
    days.carry,
    days.sent_id,
    days.event_date,
    latest.carried_by,
    latest.event.event_seq,
    latest.event.event_type,
    latest.event.timestamp,
    latest.event.transaction_id,
    latest.event.properties,
    latest.event.property_texts,
    days.log_version,
from days
left join latest using (carry, sent_id, event_date)
