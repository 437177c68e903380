"""Reads, checks (S-46) and freezes the price book.

    book = load_price_book(seeds, metrics, lookups)   # raises PriceBookError with every problem
    check_against_ledger(book, warehouse)             # the same, against final invoices
    freeze(book, home)                                # home/price_books/<digest>/<table>.parquet
    read_frozen(home, digest).tables["rates"]         # the path of one table

text files → `reader` → `casting` by `schema` → `resolve` → `checks` → `digest` → `freeze`.
"""

from meterhouse.price_book.book import PriceBook, load_price_book
from meterhouse.price_book.checks.at_once import check_periods_at_once
from meterhouse.price_book.checks.ledger import check_against_ledger
from meterhouse.price_book.errors import PriceBookError, Problem, warning_lines
from meterhouse.price_book.freeze import FrozenBook, freeze, read_frozen, verify_frozen

__all__ = [
    "FrozenBook",
    "PriceBook",
    "PriceBookError",
    "Problem",
    "check_against_ledger",
    "check_periods_at_once",
    "freeze",
    "load_price_book",
    "read_frozen",
    "verify_frozen",
    "warning_lines",
]
