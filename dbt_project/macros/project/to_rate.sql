{# Of a relation that has all contracts, the rows of those that this run computes
   (calendar.contracts_to_rate). Where a model of calendar to invoices reads the ledger by contract, or a
   table that is kept `by_contract`, it reads it so; every other table of these layers has no others. #}
{% macro to_rate(relation) -%}
    (
        select whole.*
        from {{ relation }} as whole
        semi join {{ ref('contracts_to_rate') }} as rated on whole.contract_id = rated.contract_id
    )
{%- endmacro %}
