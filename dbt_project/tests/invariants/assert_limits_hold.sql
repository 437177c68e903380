-- S-57, S-48: with the lines on final and open invoices together, what a cap on everything counts comes to no
-- more than it, and once a period is over what a minimum on everything counts to no less. Before balances and
-- a commit's own price (S-42). Guards against late lines, voids and replacements that pass a cap.
with counted as (
    select contract_id, period_start, sum(amount) as amount
    from {{ ref('limited_lines') }}
    group by all
),

billed as (
    select periods.contract_id, periods.period_start, lines.line_type, lines.amount
    from {{ final_lines_of(ref('rated_periods'), "('cap', 'minimum')") }}
    union all
    select contract_id, service_start as period_start, line_type, amount
    from {{ ref('limit_lines') }}
),

made_up as (
    select
        contract_id, period_start,
        sum(amount) filter (where line_type = 'cap') as capped,
        sum(amount) filter (where line_type = 'minimum') as added,
    from billed
    group by all
),

compared as (
    select
        limits.*,
        coalesce(counted.amount, 0) + coalesce(made_up.capped, 0) as charged,
        coalesce(made_up.added, 0) as added,
        changed.contract_id is not null as has_late_lines,
    from {{ ref('limits_in_force') }} as limits
    left join counted using (contract_id, period_start)
    left join made_up using (contract_id, period_start)
    left join (select distinct contract_id, period_start from {{ ref('changed_groups') }}) as changed
        using (contract_id, period_start)
    where limits.is_of_everything
)

select compared.*
from compared
cross join {{ source('inputs', 'run') }} as run
where (not compared.is_late or compared.has_late_lines)
    and (
        (compared.line_type = 'cap' and compared.charged > greatest(compared.amount, 0))
        or (
            compared.line_type = 'minimum'
            and run.as_of >= compared.period_end
            and compared.charged + compared.added < compared.amount
        )
    )
