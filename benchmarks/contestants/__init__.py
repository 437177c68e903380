"""Who is measured side by side: each reads the same files and writes the same invoice lines.

A contestant is a module that runs in a process of its own: `python -m benchmarks.contestants.NAME
EVENTS_FOLDER PRICE_BOOK OUTPUT`. OUTPUT is CSV with the columns of answers.COLUMNS.
"""
