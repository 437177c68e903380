{# CTE `met`: commits.eligible_balances with what comes back to each segment, so that other lines may use
   it at once (S-49); `back` is a CTE of (commit_id, segment, amount). What comes back to a segment that
   took over the rest of another is there for both. #}
{% macro met_balances(is_custom_unit) %}
pooled as (
    select receivers.commit_id, receivers.segment, sum(back.amount) as amount
    from back
    inner join {{ ref('standing_segments') }} as givers using (commit_id, segment)
    inner join {{ ref('standing_segments') }} as receivers
        on givers.commit_id = receivers.commit_id
        and receivers.segment in (givers.segment, givers.rolls_over_from)
    group by all
),

met as (
    select
        eligible.* replace (
            {{ to_amount('eligible.balance + coalesce(own.amount, 0)') }} as balance,
            {{ to_amount('eligible.used_before - coalesce(own.amount, 0)') }} as used_before,
            {{ to_amount('eligible.source_balance + coalesce(sources.amount, 0)') }} as source_balance
        ),
        'open' as budget,
    from {{ ref('eligible_balances') }} as eligible
    left join pooled as own
        on eligible.commit_id = own.commit_id
        and eligible.segment = own.segment
    left join pooled as sources
        on eligible.commit_id = sources.commit_id
        and eligible.rolls_over_from = sources.segment
    where {{ '' if is_custom_unit else 'not ' }}eligible.is_custom_unit
)
{% endmacro %}
