"""How the report writes numbers and tables."""

from decimal import Decimal

from rich.table import Table
from rich.text import Text


def money(amount: Decimal, currency: str) -> Text:
    """An amount with the currency's digits; negative ones stand out."""
    text = f"{amount:,.0f}" if currency == "JPY" else f"{amount:,.2f}"
    return Text(text, style="red" if amount < 0 else "", justify="right")


def plain(number: Decimal) -> str:
    """A quantity without the zeros behind its last digit."""
    return f"{number:,.2f}".removesuffix(".00")


def table_of(*columns: str, numbers: int = 0) -> Table:
    """A light table; the last `numbers` columns are right-aligned."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for position, column in enumerate(columns):
        right = position >= len(columns) - numbers
        table.add_column(
            column, justify="right" if right else "left", no_wrap=right, overflow="fold"
        )
    return table
