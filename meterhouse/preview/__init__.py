"""What if: invoices under another metric version or price book, and one metric by day.

Both compute with the same dbt models as a run, in a scratch data directory that is thrown away.
The warehouse is read under the run's lock, once; it, the ledger and the marts are never written.
No Dagster import.

`scratch` the data directory · `question` what is asked · `price_books` the edited book · `reopen`
final invoices as drafts again · `drafts` dbt · `compare` line by line · `cumulative_usage` a metric
"""
