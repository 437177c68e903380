{# The rows of a group as a list in the order of a key that no two of them share. Rows mostly arrive in
   that order, and a list that is gathered as they come costs half of one that is gathered sorted; the
   few that did not are sorted afterwards. So the same rows always give the same list. #}
{% macro list_in_order(row, key) %}
    case
        when list({{ key }}) = list_sort(list({{ key }})) then list({{ row }})
        else list_transform(
            list_sort(list_zip(list({{ key }}), list({{ row }}))), lambda pair: pair[2]
        )
    end
{% endmacro %}
