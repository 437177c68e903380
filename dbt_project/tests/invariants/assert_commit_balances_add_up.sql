-- S-41: granted = applied + expired + remaining for every commit segment, and none of them is negative.
select *
from {{ ref('commit_balances') }}
where granted <> applied_finalized + applied_draft + expired + remaining
    or least(granted, applied_finalized, applied_draft, expired, remaining) < 0
