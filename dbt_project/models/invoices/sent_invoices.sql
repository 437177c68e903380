-- one row per invoice that a billing provider has: which one, since when, and what it calls it
-- S-72: from the log of deliveries, as far as it was known at this run's moment.
with messages as (
    select distinct
        message_id,
        split_part(message_type, '.', 2) as provider,
        -- provider:<name>:<invoice id>
        substr(subject, length(split_part(message_type, '.', 2)) + 11) as invoice_id,
    from {{ source('inputs', 'deliveries') }}
    where record = 'message' and message_type like 'provider.%.invoice'
),

attempts as (
    select
        deliveries.message_id,
        deliveries.recorded_at,
        -- its id there, and perhaps what was done with it
        split_part(deliveries.detail, ',', 1) as provider_invoice_id,
    from {{ source('inputs', 'deliveries') }} as deliveries
    inner join {{ source('inputs', 'run') }} as run on deliveries.recorded_at <= run.as_of
    where deliveries.record = 'attempt' and deliveries.outcome = 'delivered'
)

select
    messages.invoice_id,
    arg_max(messages.provider, (attempts.recorded_at, attempts.message_id)) as provider,
    arg_max(attempts.provider_invoice_id, (attempts.recorded_at, attempts.message_id))
        as provider_invoice_id,
    min(attempts.recorded_at) as sent_at,
from messages
inner join attempts on messages.message_id = attempts.message_id
group by all
