-- one row per segment of the customer's prepaid and postpaid commits; a free credit is no commitment
with scopes as (
    select
        commit_id,
        bool_or(tag is not null or coalesce(pricing_group, '{{}}') <> '{{}}') as is_complex,
        to_json(list_sort(list(distinct product_id)))::varchar as products
    from commit_applies_to
    group by all
),

segments as (
    select
        balances.*,
        commits.name,
        contracts.starting_on as contract_start,
        coalesce(contracts.ending_before, balances.ending_before) as contract_end,
        date_diff('month', balances.starting_on, balances.ending_before) as months,
        case
            when scopes.commit_id is null then '{{"IsGlobalScope":true}}'
            when scopes.is_complex then '{{"IsComplexScope":true}}'
            else concat(
                '{{"InclusionOperator":"And","Inclusions":[{{"Dimension":"SkuId","Operator":"In",',
                '"Values":', scopes.products, '}}]}}'
            )
        end as applicability
    from commit_balances as balances
    inner join contracts on balances.contract_id = contracts.contract_id
    inner join commits on balances.commit_id = commits.commit_id
    inner join pricing_units as units on balances.pricing_unit = units.pricing_unit
    left join scopes on balances.commit_id = scopes.commit_id
    where
        contracts.customer_id = $customer and balances.type <> 'credit' and units.kind = 'currency'
)

select
    {columns}
from segments
order by contract_id, commit_id, segment
