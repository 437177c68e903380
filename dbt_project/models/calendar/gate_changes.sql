-- one row per gated commit segment and day from which its purchase counts as paid, or does not any more
-- S-73: by the last of what happened that counts on that day.
with facts as (
    select * from {{ ref('gate_facts') }}
),

breaks as (
    select distinct price_book, commit_id, segment, unnest([counts_from, counts_before]) as counts_from
    from facts
)

select
    breaks.price_book,
    breaks.commit_id,
    breaks.segment,
    max_by(facts.invoice_id, facts.place) as invoice_id,
    breaks.counts_from,
    max_by(facts.happened_on, facts.place) as happened_on,
    -- of nothing that counts by then: a payment was withdrawn
    coalesce(max_by(facts.is_paid, facts.place), false) as is_paid,
from breaks
left join facts
    on breaks.price_book is not distinct from facts.price_book
    and breaks.commit_id = facts.commit_id
    and breaks.segment = facts.segment
    and breaks.counts_from >= facts.counts_from
    and breaks.counts_from < coalesce(facts.counts_before, 'infinity'::date)
where breaks.counts_from is not null
group by all
