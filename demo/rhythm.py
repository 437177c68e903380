"""When things happen: office hours, weekends and growth, and the columns that all kinds share.

A frame of events has `at` (microseconds since 1970), `customer_id`, `event_type`, `properties`
(JSON text) and `feed` (the kind of file that the event travels in).
"""

import numpy as np
import pandas as pd

from demo.company import END, HOUR, REGION_CLOCKS, START, micros

FIRST, LAST = micros(START), micros(END)
HOURS = (LAST - FIRST) // HOUR


def arrivals(
    rng: np.random.Generator, table: pd.DataFrame, per_day: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Row of `table` and instant of each event: office hours, quiet weekends, a slope per customer.

    `per_day` is the mean number of events a day of each row.
    """
    hours = np.arange(HOURS)
    clocks = table["home_region"].map(REGION_CLOCKS).to_numpy()
    local_hour = (hours[None, :] + clocks[:, None]) % 24
    by_hour = 0.2 + np.exp(-(((local_hour - 14) / 5.0) ** 2))
    weekday = (hours // 24 + 3) % 7  # 1 January 2026 is a Thursday
    by_weekday = np.array([1.2, 1.25, 1.25, 1.2, 1.1, 0.5, 0.5])[weekday]
    slope = rng.uniform(-0.001, 0.005, len(table))[:, None]
    mood = rng.lognormal(0, 0.18, (len(table), HOURS // 24 + 1))[:, hours // 24]
    expected = (by_hour / 13.7) * by_weekday * (1 + slope * hours / 24) * mood
    counts = rng.poisson(expected * np.asarray(per_day, dtype=float)[:, None])
    row, hour = np.nonzero(counts)
    repeats = counts[row, hour]
    row, hour = np.repeat(row, repeats), np.repeat(hour, repeats)
    at = FIRST + hour * HOUR + rng.integers(0, HOUR // 1000, len(hour)) * 1000
    active = (at >= table["active_from"].to_numpy()[row]) & (
        at < table["active_until"].to_numpy()[row]
    )
    return row[active], at[active]


def frame(
    table: pd.DataFrame,
    row: np.ndarray,
    at: np.ndarray,
    event_type: str | list[str],
    properties: list[str],
    feed: str,
) -> pd.DataFrame:
    """The common columns of all kinds; `row` points into `table`."""
    return pd.DataFrame(
        {
            "at": at,
            "customer_id": table["customer_id"].to_numpy(dtype=object)[row],
            "event_type": event_type,
            "properties": properties,
            "feed": feed,
        }
    )


def pick(rng: np.random.Generator, shares: np.ndarray, row: np.ndarray) -> np.ndarray:
    """An option per event, with the shares (one row per customer, summing to 1) of its customer."""
    edges = np.cumsum(shares, axis=1)[row]
    options: np.ndarray = (rng.random(len(row))[:, None] > edges[:, :-1]).sum(axis=1)
    return options
