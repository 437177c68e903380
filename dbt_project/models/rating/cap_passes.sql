-- one row per line that a cap of its period may count and cap: what the caps so far leave of it
-- S-57: `place` 0 is the line as it is charged. What exceeds a cap is taken off the lines that it counts, the
-- last in the order of S-40 first; the next cap finds what that leaves.
with recursive caps as (
    select contract_id, period_start, place, amount from {{ ref('limits_in_force') }} where line_type = 'cap'
),

passes as (
    select
        contract_id, period_start, line_order, product_id, 0 as place,
        amount as remaining, 0::decimal(20, 4) as taken,
    from {{ ref('limited_lines') }}
    union all
    select
        contract_id, period_start, line_order, product_id, place,
        (remaining - taken)::decimal(20, 4) as remaining, taken,
    from (
        select
            passes.contract_id, passes.period_start, passes.line_order, passes.product_id, caps.place, passes.remaining,
            case
                when counted.product_id is null then 0
                else least(greatest(passes.remaining, 0), greatest(
                    sum(passes.remaining) filter (where counted.product_id is not null) over whole_period
                    - caps.amount
                    - coalesce(
                        sum(greatest(passes.remaining, 0)) filter (where counted.product_id is not null)
                            over later_lines,
                        0
                    ),
                    0
                ))
            end::decimal(20, 4) as taken,
        from passes
        inner join caps
            on passes.contract_id = caps.contract_id
            and passes.period_start = caps.period_start
            and passes.place + 1 = caps.place
        left join {{ ref('limited_products') }} as counted
            on passes.contract_id = counted.contract_id
            and passes.period_start = counted.period_start
            and caps.place = counted.place
            and passes.product_id = counted.product_id
        window
            whole_period as (partition by passes.contract_id, passes.period_start),
            later_lines as (
                partition by passes.contract_id, passes.period_start
                order by passes.line_order desc
                rows between unbounded preceding and 1 preceding
            )
    )
)

select * from passes
