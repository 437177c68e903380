-- S-48: per contract, product and period all that was metered is billed, billed late, unrated or not
-- entitled; over final periods and drafts together.
select * from {{ ref('reconciliation') }} where difference <> 0
