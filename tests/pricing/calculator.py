"""A month priced in plain decimals, day by day and tier by tier (S-12 to S-33): no SQL, no tables.

Written from the rules alone, so that it and the models can only agree by being right, or by
misreading the same rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from itertools import groupby, pairwise

from tests.pricing.cases import DAYS, UNITS, Case, Override, Price, Rate, Tier

PARTS = Decimal("1e-10")
ROUNDING = {"up": ROUND_CEILING, "down": ROUND_DOWN, "half_up": ROUND_HALF_UP}


@dataclass(frozen=True)
class Line:
    """A usage line: a slice of a pricing group, and a tier of it where the price has tiers."""

    model: str | None
    tier: int | None
    start: int
    end: int
    quantity: Decimal
    unit_price: Decimal
    list_unit_price: Decimal | None
    amount: Decimal
    fee: Decimal


@dataclass(frozen=True)
class Slice:
    """Days [start, end) in which nothing that prices the group changes.

    Q at both ends, and the smallest Q at this end and those of all later slices: the slice bills
    the stretch from `before` up to `lowest`, if that is above (S-12).
    """

    start: int
    end: int
    rate: Rate | None
    override: Override | None
    entitled: bool
    before: Decimal
    after: Decimal
    lowest: Decimal

    @property
    def top(self) -> Decimal:
        """Where the slice's stretch ends."""
        return max(self.before, self.lowest)

    @property
    def price(self) -> Price | None:
        """The price that applies, null where the slice is not billed."""
        if self.rate is None or not self.entitled:
            return None
        value = self.override.value if self.override else None
        if isinstance(value, Price):
            return value
        return _scaled(self.rate.price, value) if value is not None else self.rate.price

    @property
    def list_price(self) -> Price | None:
        """The price of the rate row, null where an overwrite has another type or tiers (S-33)."""
        value = self.override.value if self.override else None
        if isinstance(value, Price) and (value.tiers or value.kind != self.rate.price.kind):
            return None
        return self.rate.price


def find_lines(case: Case) -> list[Line]:
    """All usage lines of the month."""
    with localcontext(prec=60):
        models = {used.model for used in case.usage}
        return [line for model in models for line in _lines_of(case, model)]


def find_slices(case: Case, model: str | None) -> list[Slice]:
    """The slices of a pricing group, billed or not (S-13)."""
    states = [(_state(case, model, day), day) for day in range(DAYS)]
    runs = [
        (state, [day for _, day in run])
        for state, run in groupby(states, key=lambda state: state[0])
    ]
    ends = [billed_quantity(case, model, days[-1] + 1) for _, days in runs]
    return [
        Slice(days[0], days[-1] + 1, *state, before, ends[place], min(ends[place:]))
        for place, ((state, days), before) in enumerate(
            zip(runs, [Decimal(0), *ends], strict=False)
        )
    ]


def billed_quantity(case: Case, model: str | None, day: int) -> Decimal:
    """Q at the beginning of a day: max(0, R(C(V))) of S-17."""
    used = (each.quantity for each in case.usage if each.model == model and each.day < day)
    value = sum(used, Decimal(0))
    if case.conversion:
        operation, factor = case.conversion
        value = value * factor if operation == "multiply" else value / factor
    value = max(Decimal(0), value.quantize(PARTS, ROUND_HALF_UP))
    if case.rounding:
        method, decimals = case.rounding
        value = value.quantize(Decimal(1).scaleb(-decimals), ROUNDING[method])
    return value


def tier_of(tiers: tuple[Tier, ...], quantity: Decimal) -> int:
    """The place of the tier that holds a quantity, the first one for 0 (S-24, S-27)."""
    return next(
        place for place, tier in enumerate(tiers) if tier.up_to is None or quantity <= tier.up_to
    )


def _state(case: Case, model: str | None, day: int) -> tuple[Rate | None, Override | None, bool]:
    rates = [each for each in case.rates if _agrees(each, model, day)]
    rate = max(rates, key=lambda each: each.model is not None, default=None)
    valid = [(place, each) for place, each in enumerate(case.overrides)
             if _agrees(each, model, day)]  # fmt: skip
    entitling = [each for each in valid if isinstance(each[1].value, bool)]
    overwrites = [each for each in valid if isinstance(each[1].value, Price)]
    multipliers = [each for each in valid if isinstance(each[1].value, Decimal)]
    rank = lambda each: (each[1].priority, each[1].start, each[0])  # noqa: E731
    entitled = bool(rate and rate.entitled)
    if entitling:
        entitled = max(entitling, key=rank)[1].value
    if overwrites:
        override = max(overwrites, key=rank)[1]
    else:
        lowest = min(multipliers, key=lambda each: (each[1].value, each[0]), default=(0, None))
        override = lowest[1]
    return rate, override if rate else None, entitled


def _agrees(row: Rate | Override, model: str | None, day: int) -> bool:
    return row.start <= day < (DAYS if row.end is None else row.end) and row.model in (None, model)


def _scaled(price: Price, by: Decimal) -> Price:
    times = lambda value: (value * by).quantize(PARTS, ROUND_HALF_UP)  # noqa: E731
    tiers = tuple(Tier(tier.up_to, times(tier.price), times(tier.fee)) for tier in price.tiers)
    return Price(price.kind, None if price.price is None else times(price.price), price.size, tiers)


def _lines_of(case: Case, model: str | None) -> Iterator[Line]:
    slices = find_slices(case, model)
    volumes = [each for each in slices if each.price and each.price.kind == "volume"]
    for each in slices:
        for tier, quantity, price, listed, fee in _parts(each, slices[-1], volumes):
            amount = (quantity * price + fee).quantize(
                Decimal(1).scaleb(-UNITS[case.unit]), ROUND_HALF_UP
            )
            if quantity or fee:
                yield Line(model, tier, each.start, each.end, quantity, price, listed, amount, fee)


def _parts(
    each: Slice, last: Slice, volumes: list[Slice]
) -> Iterator[tuple[int | None, Decimal, Decimal, Decimal | None, Decimal]]:
    price, listed = each.price, each.list_price if each.rate else None
    if price is None:
        return
    used = each.top - each.before
    if price.kind in ("flat", "package"):
        if price.kind == "package":
            started = [(end / price.size).quantize(Decimal(1), ROUND_CEILING)
                       for end in (each.before, each.top)]  # fmt: skip
            used = started[1] - started[0]
        yield None, used, price.price, listed and listed.price, Decimal(0)
        return
    if price.kind == "volume":
        place = tier_of(price.tiers, last.after)
        tier = price.tiers[place]
        fee = tier.fee if each is volumes[-1] and last.after > 0 else Decimal(0)
        yield place + 1, used, tier.price, listed and listed.tiers[place].price, fee
        return
    bounds = [Decimal(0), *(tier.up_to for tier in price.tiers)]
    for place, (lower, upper) in enumerate(pairwise(bounds)):
        tier = price.tiers[place]
        inside = [max(lower, end if upper is None else min(end, upper))
                  for end in (each.before, each.top)]  # fmt: skip
        fee = tier.fee if each.before <= lower < each.top else Decimal(0)
        shown = listed and listed.tiers[place].price
        yield place + 1, inside[1] - inside[0], tier.price, shown, fee
