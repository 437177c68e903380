"""Marts of one publication, in the form of other programs (S-79).

Each export names its publication and is whole or not there: published.py opens one publication,
the other modules write it as CSV, spreadsheet, Delta tables, PostgreSQL, FOCUS.
"""
