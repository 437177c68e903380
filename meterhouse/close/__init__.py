"""Closing a month of the books: the record of what was closed, which never changes (S-82)."""
