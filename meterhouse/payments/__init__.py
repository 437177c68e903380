"""What comes back of final invoices: paid, failed, given back, as an append-only log (S-72).

Nothing here changes the ledger: models and marts join it.
"""
