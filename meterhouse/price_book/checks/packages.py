"""Packages: what they give is complete, and their parts belong together."""

from meterhouse.price_book.checks.rule import Rule

_STATED = ("rate_card_id", "billing_frequency", "billing_anchor")
_COMMIT_PARTS = ("package_commit_applies_to", "package_commit_access", "package_commit_invoices")

RULES = (
    *(
        Rule(
            "required",
            "contracts",
            column,
            f"select file_row from contracts where {column} is null",
            "The cell is empty, and no package of the contract gives it.",
            "Fill it, or name a package that does in package_id.",
        )
        for column in _STATED
    ),
    *(
        Rule(
            "unknown_reference",
            table,
            "commit",
            f"select file_row, package_id, commit from {table} where commit is not null"
            " and (package_id, commit) not in (select (package_id, commit) from package_commits"
            " where commit is not null)",
            "Package '{package_id}' has no commit '{commit}'.",
            "Correct it, or add the commit to package_commits.",
        )
        for table in _COMMIT_PARTS
    ),
)
