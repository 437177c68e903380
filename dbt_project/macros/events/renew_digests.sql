{# Before new events meet the stored ones: if DuckDB's hash is not the one that wrote their digests,
   write all of them anew, or a duplicate of an older event would not meet it and be billed twice. All
   rows always have the digest of one version, so some of them tell. #}
{% macro renew_digests() %}
    {% if relation_exists('events', 'landed_events') %}
        {% set stored = target.database ~ '.events.landed_events' %}
        {% set strangers %}
            select count(*)
            from (from {{ stored }} limit 1000) as stored
            where stored.transaction_digest <> {{ transaction_digest('stored') }}
        {% endset %}
        {% if run_query(strangers).rows[0][0] > 0 %}
            update {{ stored }} as stored set transaction_digest = {{ transaction_digest('stored') }}
        {% endif %}
    {% endif %}
{% endmacro %}
