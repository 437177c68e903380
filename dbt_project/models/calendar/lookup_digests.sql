-- one row per metric version that joins lookup tables and price book: a digest of what they hold
-- A changed lookup file is a change of the metric: its windows are computed again. The digest is of
-- the rows, not of the price book, so that any other change of the book computes nothing again.
with lookup_rows as (
    select
        null::varchar as metric,
        null::integer as metric_version,
        null::varchar as price_book,
        null::ubigint as row_hash,
    where false
    {% for metric, version, lookup in metric_lookups() %}
        union all
        select
            '{{ metric }}' as metric,
            {{ version }} as metric_version,
            price_book,
            hash('{{ lookup.name }}', {{ lookup.columns.keys() | sort | join(', ') }}) as row_hash,
        from {{ lookup.relation_name }}
    {% endfor %}
)

select metric, metric_version, price_book, sum(row_hash)::varchar as digest
from lookup_rows
group by all
