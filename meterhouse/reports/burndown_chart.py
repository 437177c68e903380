"""A burn-down as text: what was left on each day, and what will be at the recent pace."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

WIDTH = 60
HEIGHT = 8
SEEN, AHEAD = "█", "░"


def draw_burndown(
    balances: Sequence[tuple[date, Decimal]], ends: date, pace: Decimal, granted: Decimal
) -> list[str]:
    """Lines of a chart from the first day of `balances` to the day before `ends`.

    A column is one day, or several where there are more than 60: then the last of them counts.
    Full blocks are days that were seen, light ones the last balance less `pace` a day.
    """
    first, last = balances[0][0], balances[-1][0]
    days = max((ends - first).days, 1)
    per_column = -(-days // WIDTH)
    seen = dict(balances)
    heights, marks = [], []
    for place in range(-(-days // per_column)):
        day = min(first + timedelta(days=(place + 1) * per_column - 1), ends - timedelta(days=1))
        is_seen = first + timedelta(days=place * per_column) <= last
        ahead = max((day - last).days, 0)
        left = (
            seen.get(day, balances[-1][1] - pace * ahead) if not is_seen else seen[min(day, last)]
        )
        heights.append(_rows(left, granted))
        marks.append(SEEN if is_seen else AHEAD)
    lines = [
        "".join(mark if height >= row else " " for height, mark in zip(heights, marks, strict=True))
        for row in range(HEIGHT, 0, -1)
    ]
    return [line.rstrip() for line in lines] + [
        "▔" * len(marks),
        _axis(first, last, ends, per_column),
    ]


def _rows(left: Decimal, granted: Decimal) -> int:
    """Rows that a balance fills; anything above zero fills one."""
    if left <= 0 or granted <= 0:
        return 0
    return max(1, min(HEIGHT, round(HEIGHT * left / granted)))


def _axis(first: date, last: date, ends: date, per_column: int) -> str:
    """The dates below: the first day, the last one seen and the last one of all, where they fit."""
    columns = -(-max((ends - first).days, 1) // per_column)
    end = str(ends - timedelta(days=1))
    text = str(first).ljust(max(columns - len(end), len(str(first)) + 1)) + end
    place = (last - first).days // per_column
    seen = f"▲ {last}"
    if len(str(first)) < place and place + len(seen) < len(text) - len(end):
        text = text[:place] + seen + text[place + len(seen) :]
    return text
