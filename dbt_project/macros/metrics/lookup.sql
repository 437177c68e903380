{# A lookup table (models/metrics/_lookups.yml), one copy per price book. To be joined with the book
   of the event's window: `left join {{ lookup('model_weights') }} as weights using (price_book,
   model)`, so that a changed file never bills a closed period again (S-43). #}
{% macro lookup(name) %}
    {%- if execute and 'price_book' not in model.raw_code -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ " joins lookup('" ~ name ~ "') without price_book: select price_book from "
            ~ "billable_events() and join `using (price_book, ...)`, or old and new rows of the "
            ~ "lookup table are counted together."
        ) }}
    {%- endif -%}
    {{ source('lookups', name) }}
{%- endmacro %}
