"""The invoice ledger: finalization (S-43), numbers (S-45), the chain (S-47), voids (S-50)."""
