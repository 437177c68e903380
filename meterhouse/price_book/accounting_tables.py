"""Tables of the price book that say how revenue is booked; nothing is billed by them (S-81)."""

from meterhouse.price_book.columns import Table, choice, text, unit_price

# What an account of the journal is for. Who names none has the standard ones (macros/revenue).
ROLES = (
    "receivable",
    "unbilled_receivable",
    "deferred_revenue",
    "revenue",
    "breakage",
)
# Policy → what it may be, the default first.
POLICIES = {
    "free_credit": ("zero", "allocated"),
    "breakage": ("at_expiry", "proportional"),
}

ACCOUNTING_TABLES = (
    Table("accounts", ("role",), (
        choice("role", required=True, choices=ROLES),
        text("account", required=True),
        text("name", required=True),
    )),
    Table("revenue_policies", ("policy",), (
        choice("policy", required=True, choices=tuple(POLICIES)),
        choice("value", required=True, choices=sum(POLICIES.values(), ())),
        # Of proportional breakage: the part of what is bought that nobody is expected to use.
        unit_price("rate", at_least=0, at_most=1),
    )),
)  # fmt: skip
