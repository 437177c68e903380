"""Exact numbers as the SDK's interface has them: floats, made at the very end.

Amounts and prices in USD are cents there, those in other units whole units, as its official
documentation says. `exact` is the number itself, for the texts that stand beside.
"""

from decimal import Context, Decimal

from meterhouse.server.reading.reader import Reader

# The id by which programs written for the hosted product know US dollars.
HOSTED_USD = "2714e483-4ff1-48e4-9e25-ac732e8f24f2"
_SHIFT = {"USD": 2}
# Wide enough for every decimal of the marts: scaling never rounds.
_CONTEXT = Context(prec=60)
_UNITS = "select pricing_unit, name, kind from {book.pricing_units}"


def money(amount: Decimal | None, unit: str) -> float | None:
    """An amount or a price of `unit` as a float: cents for USD."""
    if amount is None:
        return None
    return float(amount.scaleb(_SHIFT.get(unit, 0), _CONTEXT))


def number(value: Decimal | None) -> float | None:
    """A quantity as a float."""
    return None if value is None else float(value)


def exact(value: Decimal) -> str:
    """All decimals, in plain digits."""
    return format(value, "f")


def credit_types(reader: Reader) -> dict[str, dict[str, str]]:
    """Pricing unit → the SDK's `credit_type`: its id and a name that says the denomination."""
    rows = reader.rows(_UNITS)
    return {
        row["pricing_unit"]: credit_type(row["pricing_unit"], row["name"], row["kind"])
        for row in rows
    }


def type_of(units: dict[str, dict[str, str]], unit: str) -> dict[str, str]:
    """The `credit_type` of a unit; one that the price book no longer has is known by its id."""
    return units.get(unit) or credit_type(unit)


def credit_type(
    unit: str, name: str | None = None, kind: str | None = "currency"
) -> dict[str, str]:
    """A currency's name is its code, `USD (cents)` for dollars; a custom unit has its own."""
    shown = (name or unit) if kind == "custom" else unit
    return {"id": unit, "name": f"{unit} (cents)" if unit in _SHIFT else shown}


def unit_id(asked: str) -> str:
    """The pricing unit that a `credit_type_id` names."""
    return "USD" if asked == HOSTED_USD else asked
