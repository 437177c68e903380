{# What the CTEs of cap_settlement() are for lines on final and open invoices: the caps of each period, all
   that invoices have of them together. `ordered` is a CTE of the lines with `uncovered`, `price_book`,
   `source_id` and `line_order`; `countable` one of those of which something may count. #}
{% macro caps_of_periods(ordered, countable) %}
period_caps as (
    select
        contract_id, slice_period, source_id as limit_id,
        arg_max(price_book, line_order) as price_book, sum(uncovered) as amount,
    from {{ ordered }}
    where line_type = 'cap'
    group by all
    having sum(uncovered) < 0
),

stated_caps as (
    select
        caps.*, caps.slice_period::varchar as cap_group, limits.applies_to_product_id, limits.applies_to_tag,
        row_number() over (
            partition by caps.contract_id, caps.slice_period
            order by {{ limit_order('limits') }}
        )::integer as place,
    from period_caps as caps
    inner join {{ source('price_book', 'period_limits') }} as limits using (price_book, limit_id)
),

settled_caps as (
    select contract_id, cap_group, place, 0 as cap_order, amount, false as sets_money from stated_caps
),

cap_scopes as (
    select caps.contract_id, caps.cap_group, caps.place, products.product_id
    from stated_caps as caps
    inner join {{ source('price_book', 'products') }} as products
        on caps.price_book = products.price_book
        and products.type <> 'fixed'
        and {{ counts_product('caps', 'products.product_id', 'products.tags') }}
),

cap_states as (
    select
        lines.contract_id, groups.cap_group, lines.line_order, lines.product_id, false as is_money,
        lines.countable as remaining,
    from {{ countable }} as lines
    inner join (select distinct contract_id, slice_period, cap_group from stated_caps) as groups
        using (contract_id, slice_period)
)
{% endmacro %}
