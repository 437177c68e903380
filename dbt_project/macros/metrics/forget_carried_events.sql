{# Before it is looked for what periods begin with: forget what is due, and what no period needs now, in
   the transaction that appends. So all that is kept was compared with what changed, run after run. #}
{% macro forget_carried_events() %}
    {% set needed = ref('due_carries') %}
    {% if execute and load_relation(this) %}
        delete from {{ this }} as stored
        where not exists (
            select 1
            from {{ needed }} as needed
            where needed.carry = stored.carry
                and needed.contract_id = stored.contract_id
                and needed.period_start = stored.period_start
                and not needed.is_due
        )
    {% endif %}
{% endmacro %}
