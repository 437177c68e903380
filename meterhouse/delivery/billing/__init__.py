"""Final invoices on their way to a billing provider: drafted, compared, then final there (S-71)."""
