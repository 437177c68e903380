-- S-48: per contract, product and period all that was metered is billed, billed late, unrated or not
-- entitled; over final periods and drafts together.
select * from {{ to_rate(ref('reconciliation')) }} where difference <> 0
