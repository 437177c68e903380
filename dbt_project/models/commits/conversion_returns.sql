-- one row per conversion on an open invoice and commit segment that gets something back of it (S-49)
with open_slices as (
    select contract_id, slice_key, amount as net
    from {{ ref('conversion_lines') }}
),

{{ returned_payments() }}

select * from returned
