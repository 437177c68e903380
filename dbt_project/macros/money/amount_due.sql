{# What is still owed of an invoice, by what is known of its money (`payments`: a row of payment_states, or
   none). Nothing of a draft, of a void one, and of one that counts as paid: what its provider took from a balance
   there is settled without money. Of one whose money went back as a whole all is owed again (S-73). #}
{% macro amount_due(status, total, payments) %}
case
    when {{ status }} <> 'finalized' or coalesce({{ payments }}.is_settled, false) then 0
    else greatest({{ total }} - coalesce({{ payments }}.amount_received, 0), 0)
end
{% endmacro %}
