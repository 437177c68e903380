"""Products: what a type may have, and what the metric behind a product can tell apart."""

from meterhouse.price_book.checks.rule import Rule

RULES = (
    Rule(
        "conversion_incomplete",
        "products",
        "conversion_factor",
        """
        select file_row from products
        where (conversion_operation is null) <> (conversion_factor is null)
        """,
        "conversion_operation and conversion_factor go together (S-17).",
        "Fill in both, or leave both empty.",
    ),
    Rule(
        "rounding_incomplete",
        "products",
        "rounding_decimals",
        """
        select file_row from products
        where (rounding_method is null) <> (rounding_decimals is null)
        """,
        "rounding_method and rounding_decimals go together (S-17).",
        "Fill in both, or leave both empty; 0 decimals round to whole units.",
    ),
    Rule(
        "only_for_usage",
        "products",
        "type",
        """
        select
            file_row,
            type,
            list_filter([
                case when pricing_group_keys <> [] then 'pricing_group_keys' end,
                case when presentation_group_keys <> [] then 'presentation_group_keys' end,
                case when conversion_operation is not null then 'conversion_operation' end,
                case when rounding_method is not null then 'rounding_method' end,
            ], lambda name: name is not null) as columns
        from products
        where type <> 'usage' and columns <> []
        """,
        "A {type} product measures no usage, so it has no {columns} (S-17, S-20).",
        "Leave the cells empty, or make it a usage product.",
    ),
    Rule(
        "metric_of_other_type",
        "product_metrics",
        "product_id",
        """
        select product_metrics.file_row, product_metrics.product_id, products.type
        from product_metrics
        inner join products on product_metrics.product_id = products.product_id
        where products.type <> 'usage'
        """,
        "'{product_id}' is a {type} product; only usage products are measured by a metric (S-14).",
        "Remove the row, or make it a usage product.",
    ),
    Rule(
        "composite_of_other_type",
        "composite_products",
        "product_id",
        """
        select composite_products.file_row, composite_products.product_id, products.type
        from composite_products
        inner join products on composite_products.product_id = products.product_id
        where products.type <> 'composite'
        """,
        "'{product_id}' is a {type} product; only composite products apply to others (S-29).",
        "Remove the row, or make it a composite product.",
    ),
    Rule(
        "composite_target",
        "composite_products",
        "applies_to_product_id",
        """
        select file_row from composite_products
        where (applies_to_product_id is null) = (applies_to_tag is null)
        """,
        "A row applies to one product or to one tag (S-29).",
        "Fill in one of applies_to_product_id and applies_to_tag.",
    ),
    Rule(
        "composite_of_composite",
        "composite_products",
        "applies_to_product_id",
        """
        select composite_products.file_row, products.product_id, products.type
        from composite_products
        inner join products on composite_products.applies_to_product_id = products.product_id
        where products.type in ('composite', 'fixed')
        """,
        "'{product_id}' is a {type} product; a percentage is of usage and subscriptions (S-29).",
        "Name a usage product or a subscription.",
    ),
    Rule(
        "composite_without_products",
        "products",
        "type",
        """
        select file_row, product_id from products
        where type = 'composite' and product_id not in (
            select product_id from composite_products where product_id is not null
        )
        """,
        "The composite product '{product_id}' applies to no product (S-29).",
        "Add a row for it to composite_products.",
    ),
)

_TAGS = "select unnest(tags) from products"

TAG_RULES = tuple(
    Rule(
        "unknown_tag",
        table,
        column,
        f"""
        select file_row, {column} as tag from {table}
        where {column} is not null and {column} not in ({_TAGS})
        """,
        "No product carries the tag '{tag}'.",
        "Correct it, or add it to the tags of a product.",
        of_faulty_rows=True,
    )
    for table, column in (
        ("composite_products", "applies_to_tag"),
        ("contract_overrides", "tag"),
        ("commit_applies_to", "tag"),
        ("period_limits", "applies_to_tag"),
    )
)

# `metrics` is a table of the versions that the dbt project has: metric, version, group_keys.
METRIC_RULES = (
    Rule(
        "unknown_metric",
        "product_metrics",
        "metric",
        """
        with known as (
            select metric, list_sort(list(version))::varchar[] as versions from metrics group by all
        )

        select
            asked.file_row, asked.metric, asked.version, known.versions,
            case
                when known.metric is null
                    then 'There is no metric ''' || asked.metric || ''''
                else 'There is no version ' || asked.version || ' of metric ''' || asked.metric
                    || ''', which has ' || list_aggregate(known.versions, 'string_agg', ' and ')
            end as what,
            case
                when known.metric is not null
                    then 'Write one of these, or add the version beside them (docs/analysts.md,'
                    || ' Versions)'
                when near.names is not null
                    then 'Correct it (near it are ' || near.names || '), or add the metric:'
                    || ' make new-metric NAME=' || asked.metric
                else 'Correct it, or add the metric: make new-metric NAME=' || asked.metric
            end as step
        from product_metrics as asked
        left join known on asked.metric = known.metric
        left join (
            select asked_metric, string_agg(metric, ', ' order by place) as names
            from (
                select
                    misnamed.metric as asked_metric, known.metric,
                    jaro_winkler_similarity(lower(misnamed.metric), known.metric) as nearness,
                    row_number() over (
                        partition by misnamed.metric order by nearness desc, known.metric
                    ) as place
                from (select distinct metric from product_metrics) as misnamed
                cross join known
                where nearness >= 0.85
            )
            where place <= 3
            group by all
        ) as near on asked.metric = near.asked_metric
        where asked.metric is not null and asked.version is not null
            and not coalesce(list_contains(known.versions, asked.version::varchar), false)
        """,
        "{what} (S-14).",
        "{step}.",
        of_faulty_rows=True,
    ),
    *(
        Rule(
            "key_not_in_metric",
            "products",
            column,
            f"""
            select
                products.file_row, metrics.metric, metrics.version, metrics.group_keys,
                min(product_metrics.starting_on) as since,
                list_filter(
                    products.{column}, lambda name: not list_contains(metrics.group_keys, name)
                ) as missing
            from products
            inner join product_metrics on products.product_id = product_metrics.product_id
            inner join metrics
                on
                    product_metrics.metric = metrics.metric
                    and product_metrics.version = metrics.version
            where missing <> []
            group by all
            """,
            f"The product is {verb} {{missing}}, but version {{version}} of its metric {{metric}}"
            " (from {since}) does not tell that apart. Its group keys: {group_keys} (S-11).",
            f"Remove it from {column}, or point the product at a metric version that groups by it.",
        )
        for column, verb in (
            ("pricing_group_keys", "priced by"),
            ("presentation_group_keys", "broken down by"),
        )
    ),
)
