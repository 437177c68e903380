"""Period arithmetic (S-3): boundaries counted from an anchor, clamped to the month's last day.

Here as a Python function and as DuckDB's SQL for what reads the price book; the models say the same
in dbt_project/macros/calendar/. tests/project/test_one_place.py compares the three.
"""

from calendar import monthrange
from datetime import date

# Billing frequency → months of a full period.
FREQUENCIES = {"monthly": 1, "quarterly": 3, "annual": 12}


def boundary(anchor_on: date, months: int, number: int) -> date:
    """Boundary `number` of periods of `months`: always from the anchor, never from the one before.

    From 31 January by one month: 28 February, then 31 March.
    """
    year, month = divmod(anchor_on.year * 12 + anchor_on.month - 1 + number * months, 12)
    return date(year, month + 1, min(anchor_on.day, monthrange(year, month + 1)[1]))


def calendar_anchor(starting_on: date, months: int) -> date:
    """The anchor of `first_of_month`: the first of the month, quarter or year of `starting_on`."""
    return date(starting_on.year, (starting_on.month - 1) // months * months + 1, 1)


def frequency_months_sql(frequency: str) -> str:
    """The months of a frequency; null where it is none that is known."""
    cases = " ".join(f"when '{name}' then {months}" for name, months in FREQUENCIES.items())
    return f"case {frequency} {cases} end"


def boundary_sql(anchor_on: str, months: str, number: str) -> str:
    """`boundary` of three SQL expressions."""
    return f"({anchor_on} + to_months((({number}) * ({months}))::integer))::date"


def anchor_sql(starting_on: str, billing_anchor: str, months: str) -> str:
    """The date from which a contract's boundaries are counted."""
    return (
        f"case when {billing_anchor} = 'contract_start' then {starting_on} else make_date("
        f"year({starting_on}), (month({starting_on}) - 1) // {months} * {months} + 1, 1) end"
    )
