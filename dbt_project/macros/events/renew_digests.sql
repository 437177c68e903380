{# Before new events meet the stored ones: if DuckDB's hash is not the one that wrote their digests,
   write all of them anew, or a duplicate of an older event would not meet it and be billed twice. All
   rows always have the digest of one version, so some of them tell. #}
{% macro renew_digests() %}
    {%- set stored = kept('events', 'landed_events') -%}
    set variable digests_are_strange = (
        select count(*) > 0
        from (from {{ stored }} limit 1000) as stored
        where stored.transaction_digest <> {{ transaction_digest('stored') }}
    );
    update {{ stored }} as stored
    set transaction_digest = {{ transaction_digest('stored') }}
    where getvariable('digests_are_strange')
{% endmacro %}
