{# Before days are looked at anew: forget what is kept of them, in the transaction that appends it again. #}
{% macro forget_carry_days() %}
    {% set due = ref('due_carry_days') %}
    {% if execute and load_relation(this) %}
        delete from {{ this }} as stored
        using {{ due }} as due
        where stored.carry = due.carry
            and stored.sent_id = due.sent_id
            and stored.event_date = due.event_date
    {% endif %}
{% endmacro %}
