"""Random cases of pricing: one contract, one product and one month of usage each (S-11 to S-33).

A case has what a price book can say about a product: rate rows in time, of every type, some for
one model alone; overrides of every kind; conversion and rounding; and usage that may fall.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

FIRST_DAY = date(2026, 1, 1)
DAYS = 31
MODELS = ("a", "b", None)
USERS = ("u1", "u2", "u3", "u4", None)
# Currencies and a custom unit, with their decimals (S-19).
UNITS = {"USD": 2, "JPY": 0, "KWD": 3, "XTS": 4}


@dataclass(frozen=True)
class Tier:
    """A tier; `up_to` None is the last one's."""

    up_to: Decimal | None
    price: Decimal
    fee: Decimal


@dataclass(frozen=True)
class Price:
    """What a rate row or an overwrite says of price; tiers for `tiered` and `volume` alone."""

    kind: str
    price: Decimal | None = None
    size: Decimal | None = None
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True)
class Rate:
    """A rate row for the days [start, end) of the month, for all models (None) or for one."""

    start: int
    end: int | None
    price: Price
    entitled: bool = True
    model: str | None = None


@dataclass(frozen=True)
class Override:
    """An override for the days [start, end), `value` a Price, a multiplier or an entitlement."""

    start: int
    end: int | None
    value: Price | Decimal | bool
    model: str | None = None
    priority: int = 0


@dataclass(frozen=True)
class Usage:
    """What one user did with one model on one day."""

    day: int
    model: str | None
    user: str | None
    quantity: Decimal


@dataclass(frozen=True)
class Case:
    """A product as one contract has it."""

    unit: str
    usage: tuple[Usage, ...]
    rates: tuple[Rate, ...]
    overrides: tuple[Override, ...] = ()
    conversion: tuple[str, Decimal] | None = None
    rounding: tuple[str, int] | None = None


def day(number: int) -> date:
    """The date of a day of the month, counted from 0."""
    return FIRST_DAY + timedelta(days=number)


fees = st.sampled_from([Decimal(0), Decimal(0), Decimal(3), Decimal("0.505"), Decimal(20)])
prices = st.sampled_from([
    Decimal(text) for text in ("0", "0.0000000001", "0.0037", "0.015", "0.3333333333", "1", "12.5")
])  # fmt: skip
sizes = st.sampled_from([Decimal(text) for text in ("1", "7", "100", "0.5", "3.3333333333")])
bounds = st.lists(
    st.sampled_from([Decimal(text) for text in ("0.5", "10", "99.9999999999", "100", "1000")]),
    max_size=3,
    unique=True,
).map(sorted)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Tier, ...]:
    """Tiers in order, the last one open."""
    return tuple(Tier(up_to, draw(prices), draw(fees)) for up_to in [*draw(bounds), None])


priced = st.one_of(
    prices.map(lambda price: Price("flat", price)),
    st.builds(lambda price, size: Price("package", price, size), prices, sizes),
    tables().map(lambda tiers: Price("tiered", tiers=tiers)),
    tables().map(lambda tiers: Price("volume", tiers=tiers)),
)
days = st.integers(1, DAYS - 1)


@st.composite
def rate_rows(draw: st.DrawFn, model: str | None, cuts: int) -> list[Rate]:
    """Rows one after the other; the first may begin late, the last may end early (S-23)."""
    starts = [draw(st.sampled_from([-400, -400, -400, 5]))]
    starts += sorted({*draw(st.lists(days, max_size=cuts))} - {*range(starts[0] + 1)})
    ends = [*starts[1:], draw(st.sampled_from([None, None, None, DAYS + 60]))]
    entitled = st.sampled_from([True, True, True, False])
    return [
        Rate(start, end, draw(priced), draw(entitled), model)
        for start, end in zip(starts, ends, strict=True)
    ]


spans = st.tuples(st.integers(-5, DAYS - 1), st.one_of(st.none(), st.integers(1, 20))).map(
    lambda span: (span[0], None if span[1] is None else span[0] + span[1])
)
overridden = st.one_of(
    priced,
    st.sampled_from([Decimal(text) for text in ("0.5", "0.9", "1.15", "0.3333333333")]),
    st.booleans(),
)
overrides = st.builds(
    lambda span, value, model, priority: Override(*span, value, model, priority),
    spans, overridden, st.sampled_from([None, None, "a"]), st.integers(0, 2),
)  # fmt: skip


def quantities(lowest: int) -> st.SearchStrategy[Decimal]:
    """Amounts of usage on a day: whole ones, and some with all 10 decimals."""
    return st.builds(
        lambda whole, parts: (Decimal(whole) / parts).quantize(Decimal("1e-10")),
        st.integers(lowest, 900), st.sampled_from([1, 1, 1, 3, 7]),
    )  # fmt: skip


def usages(lowest: int) -> st.SearchStrategy[tuple[Usage, ...]]:
    """A month of usage; `lowest` below zero lets the running value fall (S-30)."""
    used = st.builds(
        Usage, st.integers(0, DAYS - 1), st.sampled_from(MODELS), st.sampled_from(USERS),
        quantities(lowest),
    )  # fmt: skip
    return st.lists(used, min_size=1, max_size=9).map(tuple)


@st.composite
def cases(draw: st.DrawFn, lowest: int = -600) -> Case:
    """Any case; the rows for model `a` alone win over the others (S-21)."""
    rates = draw(rate_rows(None, 2))
    if draw(st.booleans()):
        rates += draw(rate_rows("a", 1))
    convert = st.tuples(st.sampled_from(["multiply", "divide"]), sizes)
    rounding = st.tuples(st.sampled_from(["up", "down", "half_up"]), st.sampled_from([0, 2]))
    return Case(
        draw(st.sampled_from(sorted(UNITS))),
        draw(usages(lowest)),
        tuple(rates),
        tuple(draw(st.lists(overrides, max_size=3))),
        draw(st.one_of(st.none(), convert)),
        draw(st.one_of(st.none(), rounding)),
    )
