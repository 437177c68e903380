-- one row per contract that this run computes, from its calendar to its drafts, and why
-- Nothing of a contract changes within a day but by what stands here, for all that the models compare with
-- the clock are dates (S-2). WHAT IS ADDED THAT CAN CHANGE A DRAFT NEEDS A CAUSE HERE (decision 0385).
-- Where the rows of a run of the same day are kept (`inputs.kept_run`), only these contracts are computed,
-- those of a customer together (aliases, S-9; what is carried on, S-56); otherwise all. Some have no rows
-- any more: they have left the price book, or are held.
with kept as (
    select * from {{ source('inputs', 'kept_run') }}
),

-- S-5, S-8, S-51: events that landed since, or were taken back. By the ids of the books that made periods
-- final too: of those an event may be late (S-43).
customers_with_events as (
    select identities.customer_id
    from {{ ref('event_days') }} as days
    inner join kept on days.log_version > kept.log_version
    inner join {{ ref('customer_identities') }} as identities on days.customer_id = identities.sent_id
),

-- S-44: what is invoiced is known by its id, whatever contract the price book has given it to since
invoiced_ids as (
    select distinct unnest([lines.source_id, lines.commit_id]) as object_id
    from {{ source('ledger', 'invoice_lines') }} as lines
    semi join {{ ref('changed_invoices') }} as changed on lines.invoice_id = changed.invoice_id
),

objects as (
    select price_book, contract_id, commit_id as object_id from {{ source('price_book', 'commits') }}
    union all
    select price_book, contract_id, charge_id as object_id from {{ source('price_book', 'scheduled_charges') }}
    union all
    select price_book, contract_id, subscription_id as object_id from {{ source('price_book', 'subscriptions') }}
),

-- S-21, S-37, S-46: all rows of the price book that a contract is billed by
edited as (
    select kept.price_book as book_before, run.price_book as book_now
    from kept
    inner join {{ source('inputs', 'run') }} as run on kept.price_book <> run.price_book
),

edited_contracts as (
    select digests.contract_id
    from {{ source('inputs', 'contract_digests') }} as digests
    inner join edited on digests.price_book in (edited.book_before, edited.book_now)
    group by digests.contract_id
    having count(*) < 2 or min(digests.digest) <> max(digests.digest)
),

-- S-44: a subscription is compared with what another book than the run's invoiced of it, and which book is
-- another one changes with any edit
invoices_of_books as (
    select invoices.invoice_id, invoices.contract_id
    from {{ source('ledger', 'invoices') }} as invoices
    inner join edited on invoices.price_book in (edited.book_before, edited.book_now)
),

causes as (
    select contracts.contract_id, 'events' as cause
    from {{ source('price_book', 'contracts') }} as contracts
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    semi join customers_with_events on contracts.customer_id = customers_with_events.customer_id
    union
    select contract_id, cause from {{ ref('changed_invoices') }}
    union
    select objects.contract_id, 'ledger' as cause
    from objects
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    semi join invoiced_ids on objects.object_id = invoiced_ids.object_id
    union
    select contract_id, 'price book' as cause from edited_contracts
    union
    select subscriptions.contract_id, 'price book' as cause
    from {{ source('price_book', 'subscriptions') }} as subscriptions
    inner join edited on subscriptions.price_book = edited.book_now
    where contract_id in (select contract_id from invoices_of_books)
        or subscription_id in (
            select lines.source_id
            from {{ source('ledger', 'invoice_lines') }} as lines
            semi join invoices_of_books on lines.invoice_id = invoices_of_books.invoice_id
            where lines.line_type = 'subscription'
        )
    union
    -- S-43: what is late of its final periods are events of the customer who had it then
    select contracts.contract_id, 'moved' as cause
    from {{ source('price_book', 'contracts') }} as contracts
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    inner join kept on true
    semi join {{ source('ledger', 'invoices') }} as invoices
        on contracts.contract_id = invoices.contract_id and contracts.customer_id <> invoices.customer_id
    union
    -- S-52: whether it is held still is found out anew
    select held.contract_id, 'held' as cause
    from {{ source('inputs', 'held_contracts') }} as held cross join kept
)

select contract_id, string_agg(cause, ', ' order by cause) as causes
from causes
group by contract_id
union all
select contract_id, 'all' as causes
from (
    select contracts.contract_id
    from {{ source('price_book', 'contracts') }} as contracts
    inner join {{ source('inputs', 'run') }} as run using (price_book)
    union
    select contract_id from {{ source('ledger', 'invoices') }}
)
where not exists (from kept)
