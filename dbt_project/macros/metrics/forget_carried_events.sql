{# Before it is looked for what periods begin with: forget what is due, and what no period needs now, in
   the transaction that appends. So all that is kept was compared with what changed, run after run. #}
{% macro forget_carried_events() %}
    delete from {{ this }} as stored
    where not exists (
        select 1
        from {{ ref('due_carries') }} as needed
        where needed.carry = stored.carry
            and needed.contract_id = stored.contract_id
            and needed.period_start = stored.period_start
            and not needed.is_due
    )
{% endmacro %}
