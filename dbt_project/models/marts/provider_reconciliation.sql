-- one row per invoice and way in which a billing provider has it otherwise than we do
-- S-72: by what the provider said that it has, when it was last asked. What was noted or void less than an hour
-- before that may be on its way. A view: whether an invoice is void the ledger says.
{{ config(materialized='view') }}

with listings as (
    select listings.*
    from {{ source('inputs', 'provider_listings') }} as listings
    inner join {{ source('inputs', 'run') }} as run on listings.listed_at <= run.as_of
),

last_listings as (
    select provider, max(listed_at) as listed_at
    from listings
    where record = 'listing'
    group by all
),

theirs as (
    select
        listings.* exclude (listed_at),
        last_listings.listed_at,
        row_number() over (
            partition by listings.provider, listings.key order by listings.provider_invoice_id
        ) as copy_number,
    from (
        select *
        from listings
        where record = 'invoice'
        qualify row_number() over (
            partition by provider, provider_invoice_id order by listed_at desc, listings_version desc
        ) = 1
    ) as listings
    inner join last_listings on listings.provider = last_listings.provider
    where listings.status <> 'gone'
),

-- what went, or goes, to a provider, and how far it came
messages as (
    select
        message_id,
        split_part(message_type, '.', 2) as provider,
        -- provider:<name>:<invoice id>
        substr(subject, length(split_part(message_type, '.', 2)) + 11) as invoice_id,
        min(recorded_at) as noted_at,
    from {{ source('inputs', 'deliveries') }}
    where record = 'message' and message_type like 'provider.%.invoice'
    group by all
),

attempts as (
    select
        message_id,
        arg_max(concat_ws(': ', outcome, detail), (recorded_at, outcome, detail)) as said,
    from {{ source('inputs', 'deliveries') }}
    where record = 'attempt'
    group by all
),

compared as (
    select
        last_listings.provider,
        coalesce(ours.invoice_id, theirs.invoice_id) as invoice_id,
        invoices.invoice_number,
        theirs.provider_invoice_id,
        theirs.status as provider_status,
        invoices.currency,
        invoices.total,
        theirs.total as provider_total,
        last_listings.listed_at,
        case
            when theirs.key is null
                then
                    -- a void one need not be there
                    if(
                        invoices.status = 'finalized'
                        and ours.noted_at + interval 1 hour <= last_listings.listed_at,
                        'missing_there',
                        null
                    )
            when ours.message_id is null then 'missing_here'
            when theirs.copy_number > 1 and theirs.status <> 'void' then 'twice_there'
            when invoices.status = 'void' and theirs.status <> 'void'
                then
                    if(
                        voids.voided_at + interval 1 hour <= theirs.listed_at,
                        if(theirs.status = 'paid', 'void_here_paid_there', 'void_here_open_there'),
                        null
                    )
            when invoices.status = 'finalized' and theirs.status = 'void' then 'final_here_void_there'
            when theirs.status = 'void' then null
            when theirs.total <> invoices.total or theirs.currency <> upper(invoices.currency)
                then 'amount_differs'
        end as problem,
        if(theirs.key is null, coalesce(attempts.said, 'not tried yet'), null) as detail,
    from messages as ours
    left join attempts on ours.message_id = attempts.message_id
    full outer join theirs on ours.provider = theirs.provider and ours.message_id = theirs.key
    inner join last_listings on coalesce(ours.provider, theirs.provider) = last_listings.provider
    left join {{ source('ledger', 'invoices') }} as invoices
        on coalesce(ours.invoice_id, theirs.invoice_id) = invoices.invoice_id
    left join {{ source('ledger', 'voids') }} as voids on invoices.invoice_id = voids.invoice_id
)

select
    provider,
    invoice_id,
    invoice_number,
    problem,
    provider_invoice_id,
    provider_status,
    currency,
    total, provider_total,
    detail,
    listed_at,
from compared
where problem is not null
union all by name
select provider, invoice_id, 'payment_unknown' as problem, provider_invoice_id, detail, received_at as listed_at,
from {{ ref('unknown_payments') }}
