"""The words for what became of an invoice's money, and which of them end it (S-72)."""

# Status → its place among moments that are the same. A provider's clock may count in seconds.
STATUSES = {
    # Still open: something may follow by itself.
    "payment_failed": 1,
    "partially_paid": 2,
    # Terminal: nothing open counts any more, whenever it is dated.
    "uncollectible": 3,
    "paid": 4,
    "partially_refunded": 5,
    "disputed": 6,
    "refunded": 7,
    "charged_back": 8,
    "void": 9,
}
# Of a row that takes an event of the log out, which counts no more: no status of an invoice.
WITHDRAWN = "withdrawn"
OPEN = ("payment_failed", "partially_paid")
TERMINAL = tuple(name for name in STATUSES if name not in OPEN)
