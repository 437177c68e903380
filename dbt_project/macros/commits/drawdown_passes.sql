{# One pass of balances over lines, for all contracts at once, as the CTE `passes` of a `with
   recursive` that already has the CTEs `lines` (contract_id, line_order, decimals, quantity, unit_price,
   commit_price, amount, coverable) and `met` (like commits.eligible_balances).

   One row per line and burn rank that it went through. One step of the recursion is one rank: every
   line meets the balance of that rank in the order of S-40 and takes what the lines before it leave;
   `remaining` goes on to the next rank. S-42 makes parts of a line: `kept_…` is what was covered
   before or cannot be, `commit_…` the part at the commit's price, and the row goes on with the rest.
   The part that a balance buys is worked out only where it does not pay for all of the rest: at a low
   price a large balance could buy more units than a quantity holds (S-52).
   Where balance rolls over, `used_by_rank` remembers what each rank gave to all lines: the rest of it
   is what rolls over, or a fraction of what it has left before anything of it rolled over. #}
{% macro drawdown_passes() %}
passes as (
    select
        lines.contract_id, lines.line_order, lines.decimals, lines.unit_price, lines.commit_price,
        last_meetings.last_rank, 0 as burn_rank,
        lines.quantity,
        lines.amount,
        lines.coverable as remaining,
        {{ to_amount('0') }} as covered,
        null::decimal(28, 10) as kept_quantity,
        null::decimal(20, 4) as kept_amount,
        null::decimal(28, 10) as commit_quantity,
        null::decimal(20, 4) as commit_amount,
        case when last_meetings.rolls_over then []::decimal(20, 4)[] end as used_by_rank,
    from lines
    inner join (
        select
            contract_id,
            line_order,
            max(burn_rank) as last_rank,
            bool_or(bool_or(source_rank is not null)) over (partition by contract_id) as rolls_over,
        from met
        group by contract_id, line_order
    ) as last_meetings using (contract_id, line_order)
    union all
    select
        contract_id, line_order, decimals, unit_price, commit_price, last_rank, burn_rank,
        case
            when not at_commit_price then quantity
            when available >= demand then 0
            else rest_quantity - part_quantity
        end::decimal(28, 10) as quantity,
        case
            when not at_commit_price then amount
            when available >= demand then 0
            else {{ round_to_unit(to_unrounded_amount('(rest_quantity - part_quantity) * unit_price'), 'decimals') }}
        end::decimal(20, 4) as amount,
        case
            when not at_commit_price then remaining - taken
            when available >= demand then 0
            else {{ round_to_unit(to_unrounded_amount('(rest_quantity - part_quantity) * unit_price'), 'decimals') }}
        end::decimal(20, 4) as remaining,
        taken as covered,
        case when at_commit_price and remaining < amount then (quantity - rest_quantity) end::decimal(28, 10) as kept_quantity,
        case when at_commit_price and remaining < amount then (amount - remaining) end::decimal(20, 4) as kept_amount,
        case when at_commit_price then case when available >= demand then rest_quantity else part_quantity end end as commit_quantity,
        case when at_commit_price then taken end as commit_amount,
        case
            when used_by_rank is not null then list_append(used_by_rank, coalesce(
                sum(taken) filter (where budget = 'open') over (partition by contract_id), 0
            )::decimal(20, 4))
        end as used_by_rank,
    from (
        select
            *,
            greatest(balance - coalesce(sum(demand) over earlier_lines, 0), 0)::decimal(20, 4) as available,
            least(demand, available)::decimal(20, 4) as taken,
            coalesce(at_rate and available > 0, false) as at_commit_price,
            case when at_commit_price and available < demand then {{ from_scaled(
                to_scaled('available') ~ ' * 10000000000::hugeint // nullif(' ~ to_scaled('commit_price') ~ ', 0)'
            ) }} end as part_quantity,
        from (
            select
                passes.* exclude (burn_rank, covered, kept_quantity, kept_amount, commit_quantity, commit_amount),
                passes.burn_rank + 1 as burn_rank,
                meetings.budget,
                case
                    when meetings.line_order is null then 0
                    when meetings.rollover_fraction is null then greatest(least(
                        meetings.balance,
                        meetings.source_balance - coalesce(passes.used_by_rank[meetings.source_rank], 0)
                    ), 0)
                    else greatest(least(
                        meetings.balance,
                        {{ round_to_unit(to_unrounded_amount(
                            'meetings.rollover_fraction * ' ~ to_amount(
                                'meetings.source_balance + meetings.used_before'
                                ~ ' - coalesce(passes.used_by_rank[meetings.source_rank], 0)'
                            )
                        ), 'passes.decimals') }} - meetings.used_before
                    ), 0)
                end::decimal(20, 4) as balance,
                coalesce(meetings.has_commit_rate and passes.commit_price is not null, false) as at_rate,
                case
                    when not at_rate then null
                    when passes.remaining = passes.amount then passes.quantity
                    else {{ exact_divide('passes.remaining', 'passes.unit_price') }}
                end as rest_quantity,
                case
                    when meetings.line_order is null then 0
                    when at_rate then {{ round_to_unit(to_unrounded_amount('rest_quantity * passes.commit_price'), 'passes.decimals') }}
                    else passes.remaining
                end::decimal(20, 4) as demand,
            from passes
            left join met as meetings
                on passes.contract_id = meetings.contract_id
                and passes.line_order = meetings.line_order
                and passes.burn_rank + 1 = meetings.burn_rank
            where passes.remaining > 0 and passes.burn_rank < passes.last_rank
        )
        window earlier_lines as (
            partition by contract_id, budget
            order by line_order
            rows between unbounded preceding and 1 preceding
        )
    )
)
{% endmacro %}
