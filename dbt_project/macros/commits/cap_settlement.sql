{# What caps that are lines already take off other lines, as the CTE `cap_settlement` of a `with recursive`
   that already has the CTEs
     `cap_states` (contract_id, cap_group, line_order, product_id, is_money, remaining): lines with what may be
       taken off them, and money that negative lines leave (`is_money`); product_id null where no cap counts it
     `settled_caps` (contract_id, cap_group, place, cap_order, amount, sets_money): in their order 1, 2, …;
       `cap_order` is the cap's own line among the states, 0 where it has none
     `cap_scopes` (contract_id, cap_group, place, product_id): what each counts.

   S-57: a negative cap is set against the lines that it counts, the last first. Then, of a period that was
   full (`sets_money`), the money of the lines that it counts is set against it and these lines: what the cap
   took off was never paid. One step of the recursion is one cap. #}
{% macro cap_settlement() %}
cap_settlement as (
    select contract_id, cap_group, line_order, product_id, is_money, remaining::decimal(20, 4) as remaining, 0 as place,
    from cap_states
    union all
    select
        contract_id, cap_group, line_order, product_id, is_money,
        case
            when not (is_target or is_source) then remaining
            else remaining - least(remaining, greatest(
                case when is_target then set_off + cut else set_off end - coalesce(sum(remaining) filter (where is_target or is_source) over later_lines, 0), 0
            ))
        end::decimal(20, 4) as remaining,
        place,
    from (
        select
            *,
            greatest(least(
                coalesce(sum(remaining) filter (where is_source) over whole_group, 0),
                coalesce(sum(remaining) filter (where is_target) over whole_group, 0) - cut
            ), 0) as set_off,
        from (
            select
                states.contract_id, states.cap_group, states.line_order, states.product_id, states.is_money,
                states.remaining, caps.place, greatest(-caps.amount, 0) as cut,
                not states.is_money and (scopes.product_id is not null or states.line_order = caps.cap_order)
                    as is_target,
                states.is_money and scopes.product_id is not null and caps.sets_money as is_source,
            from cap_settlement as states
            inner join settled_caps as caps
                on states.contract_id = caps.contract_id
                and states.cap_group = caps.cap_group
                and states.place + 1 = caps.place
            left join cap_scopes as scopes
                on states.contract_id = scopes.contract_id
                and states.cap_group = scopes.cap_group
                and caps.place = scopes.place
                and states.product_id = scopes.product_id
        )
        window whole_group as (partition by contract_id, cap_group)
    )
    window later_lines as (
        partition by contract_id, cap_group, is_money
        order by line_order desc
        rows between unbounded preceding and 1 preceding
    )
)
{% endmacro %}
