"""Commits and credits (S-37 to S-39)."""

from meterhouse.price_book.checks.rule import ROWS, Rule

RULES = (
    Rule(
        "commit_of_other_type",
        "commits",
        "product_id",
        """
        select commits.file_row, products.product_id, products.type
        from commits
        inner join products on commits.product_id = products.product_id
        where products.type <> 'fixed'
        """,
        "'{product_id}' is a {type} product; a commit is sold as a fixed one (S-37).",
        "Name a product of type fixed.",
    ),
    Rule(
        "commit_without_access",
        "commits",
        "commit_id",
        """
        select
            file_row, commit_id, type,
            case when file_row > 0 then 'commit_access' else 'package_commit_access' end as place
        from commits
        -- where a recurring grant gives none, its own row says why
        where commit_id is not null and commit_id not in (
            select commit_id from commit_access where commit_id is not null
            union all
            select commit_id from recurring_grants where commit_id is not null
        )
        """,
        "The {type} commit '{commit_id}' has no amount in {place} (S-37).",
        "Add a row with segment 1 to {place}, or one to recurring_grants.",
    ),
    Rule(
        "postpaid_segments",
        "commits",
        "type",
        """
        select commits.file_row, commits.commit_id, count(*) as segments
        from commits
        inner join commit_access on commits.commit_id = commit_access.commit_id
        where commits.type = 'postpaid'
        group by all
        having segments > 1
        """,
        "The postpaid commit '{commit_id}' has {segments} segments, but may have one (S-37).",
        "Write one commit for each committed amount.",
    ),
    Rule(
        "segment_numbers",
        "commit_access",
        "segment",
        """
        select file_row, commit_id, segment,
            1 + coalesce(lag(segment) over (partition by commit_id order by segment), 0) as expected
        from commit_access
        where segment is not null
        qualify segment > expected
        """,
        "'{commit_id}' has no segment {expected}, but a segment {segment}.",
        "Number its segments 1, 2, 3, … without a gap.",
    ),
    Rule(
        "gated_without_purchase",
        "commits",
        "payment_gated",
        """
        select file_row, commit_id, type,
            case type
                when 'postpaid' then 'is postpaid: its usage is charged as usual'
                when 'credit' then 'is a credit, which is never invoiced'
                else 'has no purchase in commit_invoices'
            end as reason
        from commits
        where payment_gated and (
            type <> 'prepaid'
            or commit_id not in (
                select commit_id from commit_invoices where commit_id is not null
                union all
                select commit_id from recurring_grants where commit_id is not null
                    and invoice_amount is not null
            )
        )
        """,
        "'{commit_id}' shall give nothing until its purchase invoice is paid, but it {reason}, so"
        " there is nothing that could be paid (S-73).",
        "Leave payment_gated empty, or make it a prepaid commit with a row in commit_invoices.",
    ),
    Rule(
        "credit_invoiced",
        "commit_invoices",
        "commit_id",
        """
        select commit_invoices.file_row, commits.commit_id
        from commit_invoices
        inner join commits on commit_invoices.commit_id = commits.commit_id
        where commits.type = 'credit'
        """,
        "'{commit_id}' is a credit, and a credit is never invoiced (S-37).",
        "Remove the row, or make it a prepaid commit.",
    ),
    Rule(
        "applies_to_target",
        "commit_applies_to",
        "product_id",
        """
        select file_row from commit_applies_to
        where
            (product_id is not null and tag is not null)
            or (product_id is null and tag is null and pricing_group = '{}')
        """,
        "A row names a product or a tag, or a pricing group alone (S-38).",
        "Fill in one of product_id and tag; a commit for everything has no row at all.",
    ),
    Rule(
        "rolls_over_from",
        "commit_access",
        "rolls_over_from",
        """
        select
            commit_access.file_row, commit_access.commit_id, commit_access.segment,
            commit_access.rolls_over_from
        from commit_access
        left join commits on commit_access.commit_id = commits.commit_id
        left join commit_access as source
            on commit_access.commit_id = source.commit_id
            and commit_access.rolls_over_from = source.segment
            and source.rolls_over_from is null
            and source.ending_before <= commit_access.starting_on
        where commit_access.rolls_over_from is not null
            and (source.segment is null or commits.type = 'postpaid')
        """,
        "Segment {segment} of '{commit_id}' cannot take over what segment {rolls_over_from} leaves:"
        " that must end by its start, and what rolled over does not roll on.",
        "Name an earlier segment of this prepaid commit or credit, or leave the cell empty.",
    ),
    Rule(
        "rolled_over_twice",
        "commit_access",
        "rolls_over_from",
        """
        select file_row, commit_id, rolls_over_from from commit_access
        where rolls_over_from is not null
        qualify count(*) over (partition by commit_id, rolls_over_from) > 1
        """,
        "What segment {rolls_over_from} of '{commit_id}' leaves rolls over into two segments.",
        "Keep one of them.",
    ),
    Rule(
        "fraction_of_nothing",
        "commit_access",
        "rollover_fraction",
        """
        select file_row, commit_id, segment from commit_access
        where rollover_fraction is not null and rolls_over_from is null
        """,
        "Segment {segment} of '{commit_id}' takes over a fraction of what no segment leaves.",
        "Name the segment in rolls_over_from, or leave rollover_fraction empty.",
    ),
    Rule(
        "rollover_without_fraction",
        "recurring_grants",
        "rollover_fraction",
        """
        select file_row, commit_id from recurring_grants
        where rollover_fraction = 0 and (rollover_of <> 'original' or rollover_grants <> 1)
        """,
        "The row of '{commit_id}' says how grants roll over, but by its fraction of 0 none does.",
        "Fill in rollover_fraction, or leave rollover_of and rollover_grants empty.",
    ),
    Rule(
        "recurring_without_end",
        "recurring_grants",
        "ending_before",
        """
        select recurring_grants.file_row, recurring_grants.commit_id, contracts.contract_id
        from recurring_grants
        inner join commits on recurring_grants.commit_id = commits.commit_id
        inner join contracts on commits.contract_id = contracts.contract_id
        where recurring_grants.ending_before is null and contracts.ending_before is null
        """,
        "Nothing ends the grants of '{commit_id}': its contract '{contract_id}' is open too.",
        "Fill in ending_before; a later day is a change that any later price book can make.",
    ),
    Rule(
        "recurring_of_no_day",
        "recurring_grants",
        "starting_on",
        """
        select
            recurring_grants.file_row, recurring_grants.commit_id, recurring_grants.starting_on,
            contracts.contract_id, contracts.ending_before
        from recurring_grants
        inner join commits on recurring_grants.commit_id = commits.commit_id
        inner join contracts on commits.contract_id = contracts.contract_id
        where recurring_grants.ending_before is null
            and recurring_grants.starting_on >= contracts.ending_before
        """,
        "The grants of '{commit_id}' start on {starting_on}, and its contract '{contract_id}',"
        " which ends them, ends before {ending_before}: there is none (S-37).",
        "Correct starting_on, or fill in ending_before.",
    ),
    Rule(
        "recurring_and_stated",
        "recurring_grants",
        "commit_id",
        """
        select file_row, commit_id from recurring_grants
        where commit_id in (select commit_id from commit_access where file_row > 0)
        """,
        "'{commit_id}' has segments in commit_access as well; a recurring grant makes them all.",
        "Remove one of the two, or write a commit of its own for the rest.",
    ),
    Rule(
        "recurring_and_package",
        "recurring_grants",
        "commit_id",
        f"""
        select file_row, commit_id from recurring_grants
        where commit_id in (select commit_id from commit_access where file_row <= -{ROWS})
        """,
        "'{commit_id}' is a commit of its contract's package and has its segments from"
        " package_commit_access; a recurring grant makes all segments of a commit.",
        "Write '{commit_id}' in commits.csv, which replaces the package's, or name another commit.",
    ),
    Rule(
        "recurring_postpaid",
        "recurring_grants",
        "commit_id",
        """
        select recurring_grants.file_row, commits.commit_id
        from recurring_grants
        inner join commits on recurring_grants.commit_id = commits.commit_id
        where commits.type = 'postpaid'
        """,
        "'{commit_id}' is postpaid: it has one committed amount and grants nothing (S-37).",
        "Make it a prepaid commit or a credit, or write its amount in commit_access.",
    ),
)
