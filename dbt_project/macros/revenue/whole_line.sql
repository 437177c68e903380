{# With the invoice's status and date, so that a condition on them is met before anything is shared out. #}
{% macro whole_line() -%} status, issue_on, invoice_id, line_number {%- endmacro %}

{# A number instead of the texts that are one part: windows sort by it. #}
{% macro whole_part() -%} status, issue_on, part_number {%- endmacro %}
