{# Things that alerts may watch, each with every rule that watches it: general rules but those that a
   customer's rows replace, and the customer's own (S-76). `things` is a table or a part of the query
   with `customer_id`; `condition` says by kind and what else a rule fits; `rule_of` is whose rule it is,
   null for a general one. Rules are few and things many,
   so things are never joined to a rule by their contract. #}
{% macro with_rules(things, condition) -%}
    (
        select things.*, rules.* rename (customer_id as rule_of)
        from {{ things }} as things
        left join {{ ref('replaced_alerts') }} as replaced on things.customer_id = replaced.customer_id
        inner join {{ ref('alert_rules') }} as rules on rules.customer_id is null and ({{ condition }})
        where replaced.customer_id is null or not list_contains(replaced.alert_ids, rules.alert_id)
        union all
        select things.*, rules.* rename (customer_id as rule_of)
        from {{ things }} as things
        inner join {{ ref('alert_rules') }} as rules
            on things.customer_id = rules.customer_id
            and ({{ condition }})
    )
{%- endmacro %}
