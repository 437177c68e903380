"""Thresholds, which ask for money by themselves (S-58)."""

from meterhouse.price_book.checks.rule import Rule

# Whole numbers: 1e15 would be a float.
_LARGEST_AMOUNT = "1000000000000000"

RULES = (
    Rule(
        "threshold_of_other_type",
        "thresholds",
        "product_id",
        """
        select thresholds.file_row, products.product_id, products.type
        from thresholds
        inner join products on thresholds.product_id = products.product_id
        where products.type <> 'fixed'
        """,
        "'{product_id}' is a {type} product; what a threshold buys is sold as a fixed one (S-58).",
        "Name a product of type fixed.",
    ),
    Rule(
        "recharge_missing",
        "thresholds",
        "recharge_to",
        """
        select file_row, threshold_id from thresholds
        where kind = 'balance' and recharge_to is null
        """,
        "The balance threshold '{threshold_id}' does not say up to what it tops up (S-58).",
        "Fill in recharge_to.",
    ),
    Rule(
        "recharge_below_amount",
        "thresholds",
        "recharge_to",
        """
        select file_row, threshold_id, amount, recharge_to from thresholds
        where kind = 'balance' and recharge_to <= amount
        """,
        "'{threshold_id}' tops up to {recharge_to}, which is not above its amount of {amount}: it"
        " would act again at once (S-58).",
        "Raise recharge_to, or lower amount.",
    ),
    Rule(
        "recharge_of_spend",
        "thresholds",
        "recharge_to",
        """
        select file_row, threshold_id from thresholds
        where kind = 'spend' and recharge_to is not null
        """,
        "'{threshold_id}' is a spend threshold: it asks for what is outstanding, and tops up"
        " nothing (S-58).",
        "Leave recharge_to empty, or make it a balance threshold.",
    ),
    Rule(
        "spend_of_nothing",
        "thresholds",
        "amount",
        """
        select file_row, threshold_id from thresholds where kind = 'spend' and amount = 0
        """,
        "The spend threshold '{threshold_id}' of 0 would make an invoice at every run (S-58).",
        "Write an amount above 0.",
    ),
    Rule(
        "threshold_waits_for_payment",
        "thresholds",
        "payment_gated",
        """
        select file_row, threshold_id from thresholds where payment_gated and kind = 'spend'
        """,
        "'{threshold_id}' asks for usage that is there already. If what it buys waited for its"
        " payment, the days before that would be charged again (S-58, S-73).",
        "Leave payment_gated empty, or make it a balance threshold, which is asked in advance.",
    ),
    Rule(
        "overlapping_thresholds",
        "thresholds",
        "starting_on",
        """
        select later.file_row, later.kind, later.contract_id, later.threshold_id,
            min(earlier.threshold_id) as other_id
        from thresholds as later
        inner join thresholds as earlier
            on
                later.contract_id = earlier.contract_id
                and later.kind = earlier.kind
                and earlier.file_row < later.file_row
                and share_a_day(
                    later.starting_on, later.ending_before,
                    earlier.starting_on, earlier.ending_before
                )
        group by all
        """,
        "'{threshold_id}' and '{other_id}' are both {kind} thresholds of contract '{contract_id}'"
        " on the same days: which of them acts would be chance (S-58).",
        "Keep one, or let one end where the other starts.",
    ),
    Rule(
        "thresholds_of_one_name",
        "thresholds",
        "threshold_id",
        """
        select file_row, contract_id || '.' || threshold_id as name from thresholds
        qualify row_number() over (
            partition by contract_id || '.' || threshold_id order by file_row
        ) > 1
        """,
        "Commits of this threshold and of another would both be called '{name}.1' (S-58).",
        "Give it another threshold_id.",
    ),
    Rule(
        "commit_named_as_automatic",
        "commits",
        "commit_id",
        r"""
        select commits.file_row, commits.commit_id, thresholds.threshold_id
        from commits
        inner join thresholds
            on
                regexp_replace(commits.commit_id, '\.[0-9]+$', '')
                = thresholds.contract_id || '.' || thresholds.threshold_id
        where regexp_matches(commits.commit_id, '\.[0-9]+$')
        """,
        "'{commit_id}' is a name that the threshold '{threshold_id}' gives to what it buys (S-58).",
        "Give the commit another id.",
    ),
    Rule(
        "threshold_too_large",
        "thresholds",
        "amount",
        f"""
        select file_row, greatest(amount, coalesce(recharge_to, 0)) as largest from thresholds
        where greatest(amount, coalesce(recharge_to, 0)) >= {_LARGEST_AMOUNT}
        """,
        "{largest} is 10^15 or more, which no invoice can reach or hold (S-18, S-52).",
        "Correct amount or recharge_to.",
    ),
)

# With which a run goes on.
WARNINGS = (
    Rule(
        "spend_beside_postpaid",
        "thresholds",
        "kind",
        """
        select thresholds.file_row, thresholds.contract_id, min(commits.commit_id) as commit_id
        from thresholds
        inner join commits on thresholds.contract_id = commits.contract_id
        where thresholds.kind = 'spend' and commits.type = 'postpaid'
        group by all
        """,
        "Contract '{contract_id}' has the postpaid commit '{commit_id}': what a spend threshold"
        " asks for is paid in advance, and usage that it covers does not count towards the"
        " commitment (S-37, S-58), so a true-up may charge it again.",
        "Remove one of the two, or agree with the customer that both hold.",
    ),
)
