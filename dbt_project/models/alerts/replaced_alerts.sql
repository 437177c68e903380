-- one row per customer with rows of its own: the general alerts that do not watch it therefore
-- S-76. A customer's row with the alert_id of a general one replaces that one; one with an alert_id of its
-- own replaces all general ones that watch the same thing. A row that is not enabled replaces, and watches
-- nothing.
{{ config(materialized='view') }}

with alerts as (
    select alerts.*
    from {{ source('price_book', 'alerts') }} as alerts
    inner join {{ source('inputs', 'run') }} as run using (price_book)
),

general as (
    select * from alerts where customer_id is null
),

own as (
    select * from alerts where customer_id is not null
),

replaced as (
    select own.customer_id, own.alert_id
    from own
    semi join general using (alert_id)
    union
    select own.customer_id, general.alert_id
    from own
    inner join general
        on own.kind = general.kind
        and own.metric is not distinct from general.metric
        and own.pricing_group = general.pricing_group
        and (own.pricing_unit is null or general.pricing_unit is null or own.pricing_unit = general.pricing_unit)
    anti join general as named on own.alert_id = named.alert_id
)

select customer_id, list(distinct alert_id order by alert_id) as alert_ids,
from replaced
group by all
