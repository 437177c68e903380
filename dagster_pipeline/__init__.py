"""When things run, and the steps that are not SQL: price book, ledger, publishing."""
