-- one row per enabled alert and contract that it watches
-- S-76. A customer's row with the alert_id of a general one replaces that one; one with an alert_id of its
-- own replaces all general ones that watch the same thing. A row that is not enabled replaces, and watches
-- nothing. A view: of a million customers it is asked in part, for each kind.
{{ config(materialized='view') }}

with alerts as (
    select alerts.*, coalesce(alerts.enabled, true) as is_enabled,
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
),

watched as (
    select own.*, contracts.contract_id, contracts.customer_id as watched_customer_id,
    from own
    inner join {{ to_rate(source('price_book', 'contracts')) }} as contracts using (price_book, customer_id)
    where own.is_enabled
    union all by name
    select general.*, contracts.contract_id, contracts.customer_id as watched_customer_id,
    from general
    inner join {{ to_rate(source('price_book', 'contracts')) }} as contracts using (price_book)
    anti join replaced
        on contracts.customer_id = replaced.customer_id
        and general.alert_id = replaced.alert_id
    where general.is_enabled
)

select
    alert_id,
    contract_id,
    watched_customer_id as customer_id,
    kind,
    metric,
    pricing_group,
    pricing_unit,
    kind in ('spend', 'invoice_total', 'usage') as is_upward,
    threshold,
    clear_at,
    coalesce(hard_cap, false) as hard_cap,
from watched
