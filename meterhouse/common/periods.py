"""Period arithmetic (S-3): boundaries counted from an anchor, clamped to the month's last day.

Here as DuckDB's SQL for what reads the price book; the models say the same in
dbt_project/macros/calendar/. tests/project/test_one_place.py compares both with plain Python.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A full period: so many months, or, where these are 0, so many days."""

    months: int
    days: int = 0


# Billing frequency → its full period.
FREQUENCIES = {
    "weekly": Step(0, 7),
    "monthly": Step(1),
    "every_two_months": Step(2),
    "quarterly": Step(3),
    "semiannual": Step(6),
    "annual": Step(12),
}


def step_sql(frequency: str) -> str:
    """The step of a frequency as a struct of months and days; null where none is known by it."""
    cases = " ".join(
        f"when '{name}' then {{'months': {step.months}, 'days': {step.days}}}"
        for name, step in FREQUENCIES.items()
    )
    return f"case {frequency} {cases} end"


def months_step_sql(months: str) -> str:
    """The step of so many months."""
    return f"{{'months': {months}, 'days': 0}}"


def boundary_sql(anchor_on: str, step: str, number: str) -> str:
    """Boundary `number` of periods of a step: always from the anchor, never from the one before.

    From 31 January by one month: 28 February, then 31 March.
    """
    return (
        f"({anchor_on} + to_months((({number}) * {step}['months'])::integer)"
        f" + to_days((({number}) * {step}['days'])::integer))::date"
    )


def steps_between_sql(first: str, last: str, step: str) -> str:
    """How many steps lead from one date to another: the boundary there, or the one after it."""
    return (
        f"case when {step}['months'] = 0 then datediff('day', {first}, {last}) // {step}['days']"
        f" else datediff('month', {first}, {last}) // {step}['months'] end"
    )


def anchor_sql(starting_on: str, billing_anchor: str, step: str) -> str:
    """The date from which boundaries are counted: the contract's start, or, for `first_of_month`,
    the Monday of its week or the first of the step's months, counted from January."""
    months = f"{step}['months']"
    return (
        f"case when {billing_anchor} = 'contract_start' then {starting_on}"
        f" when {months} = 0 then date_trunc('week', {starting_on})::date else make_date("
        f"year({starting_on}), (month({starting_on}) - 1) // {months} * {months} + 1, 1) end"
    )
