{# Before days are looked at anew: forget what is kept of them, in the transaction that appends it again. #}
{% macro forget_carry_days() %}
    delete from {{ this }} as stored
    using {{ ref('due_carry_days') }} as due
    where stored.carry = due.carry
        and stored.sent_id = due.sent_id
        and stored.event_date = due.event_date
{% endmacro %}
