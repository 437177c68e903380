-- one row per commit segment and stretch of days on which it gives balance or counts, of every price book
-- Its access dates (S-37); of one that waits for its payment, the days for which it is paid (S-73). What a
-- threshold bought (S-58) is of no price book.
{{ config(materialized='view') }}

select
    commits.price_book, commits.contract_id, access.commit_id, access.segment,
    access.starting_on, access.ending_before,
from {{ source('price_book', 'commits') }} as commits
inner join {{ source('price_book', 'commit_access') }} as access using (price_book, commit_id)
where commits.payment_gated is distinct from true
union all
select
    null::varchar as price_book, contract_id, commit_id, 1 as segment, starting_on, ending_before,
from {{ ref('automatic_commits') }}
where kind <> 'gated_balance'
union all
select price_book, contract_id, commit_id, segment, serves_from, serves_before
from {{ ref('gate_stretches') }}
