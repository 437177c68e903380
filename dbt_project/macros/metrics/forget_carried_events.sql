{# Before it is looked for what periods begin with: forget what is due, and what no period needs now, of
   the contracts to rate, in the transaction that appends. So all that is kept was compared with what
   changed, run after run: of the other contracts nothing did. Where all contracts are computed, also what
   is kept of those that have left the price book. #}
{% macro forget_carried_events() %}
    delete from {{ this }} as stored
    where (
            stored.contract_id in (select contract_id from {{ ref('contracts_to_rate') }})
            or not exists (select 1 from {{ source('inputs', 'kept_run') }})
        )
        and not exists (
            select 1
            from {{ ref('due_carries') }} as needed
            where needed.carry = stored.carry
                and needed.contract_id = stored.contract_id
                and needed.period_start = stored.period_start
                and not needed.is_due
        )
{% endmacro %}
