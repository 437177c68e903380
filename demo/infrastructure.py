"""What agents on machines report: instances, storage, connections, console seats.

Every function takes the customers and gives a frame of events as `rhythm` describes it, unsorted.
"""

import numpy as np
import pandas as pd

from demo.company import DAY, HOUR, REGION_CLOCKS, generator
from demo.rhythm import FIRST, HOURS, LAST, arrivals, frame

INSTANCE_TYPES = ("gpu-24gb", "gpu-80gb", "gpu-8x80gb")
HEARTBEAT = 720 * 1_000_000  # under the 900 seconds after which an instance counts as gone


def instances(table: pd.DataFrame) -> pd.DataFrame:
    """Training jobs: a start, a heartbeat every 12 minutes, a stop (5 % die without one)."""
    rng = generator(11)
    row, start = arrivals(rng, table, table["gpus"].to_numpy() * 24 / 8)
    lasting = (rng.lognormal(1.8, 0.8, len(row)).clip(0.2, 60) * HOUR).astype(np.int64)
    kind = np.searchsorted([0.45, 0.92], rng.random(len(row)), side="right")
    stopped = rng.random(len(row)) > 0.05
    beats = lasting // HEARTBEAT + 1  # the start is beat 0
    session = np.repeat(np.arange(len(row)), beats)
    number = np.arange(len(session)) - np.repeat(np.cumsum(beats) - beats, beats)
    jitter = np.where(number > 0, rng.integers(-4000, 4000, len(session)) * 1000, 0)
    at = start[session] + number * HEARTBEAT + jitter
    types = np.where(number == 0, "instance_start", "instance_heartbeat")
    ends = np.nonzero(stopped)[0]
    session = np.concatenate([session, ends])
    at = np.concatenate([at, start[ends] + lasting[ends]])
    types = np.concatenate([types, np.full(len(ends), "instance_stop")]).astype(object)
    names = [f"i-{n * 40503 % 1048576:05x}" for n in range(len(row))]
    pairs = zip(session.tolist(), kind[session].tolist(), strict=True)
    properties = [
        f'{{"instance_id":"{names[s]}","instance_type":"{INSTANCE_TYPES[k]}"}}' for s, k in pairs
    ]
    # An agent that slips behind its own stop would restart the meter.
    kept = (at <= (start + lasting)[session]) | (types != "instance_heartbeat")
    events = frame(table, row[session], at, types.tolist(), properties, "cluster")
    return events[kept]


def _samples(
    rng: np.random.Generator, table: pd.DataFrame, rows: np.ndarray, every_hours: int
) -> tuple[np.ndarray, np.ndarray]:
    """Regular samples of the given rows of `table` while they are active: (index, instant)."""
    times = FIRST + np.arange(0, HOURS, every_hours) * HOUR
    index = np.repeat(np.arange(len(rows)), len(times))
    offset = rng.integers(0, HOUR // 2000, len(rows)) * 1000
    at = np.tile(times, len(rows)) + offset[index]
    source = rows[index]
    active = (at >= table["active_from"].to_numpy()[source]) & (
        at < np.minimum(table["active_until"].to_numpy()[source], LAST)
    )
    return index[active], at[active]


def storage(table: pd.DataFrame) -> pd.DataFrame:
    """Stored and free gigabytes per region, every 8 hours; the big ones hold a copy elsewhere."""
    rng = generator(12)
    gigabytes = table["storage_gb"].to_numpy(dtype=float)
    rows = np.nonzero(gigabytes > 0)[0]
    copies = np.nonzero(gigabytes >= 3500)[0]
    home = table["home_region"].to_numpy(dtype=object)
    regions = np.concatenate([home[rows], np.full(len(copies), "ap-southeast", dtype=object)])
    share = np.concatenate([np.full(len(rows), 1.0), np.full(len(copies), 0.25)])
    keep = ~((regions == "ap-southeast") & (share < 1) & (home[np.r_[rows, copies]] == regions))
    rows, regions, share = np.r_[rows, copies][keep], regions[keep], share[keep]
    index, at = _samples(rng, table, rows, 8)
    growth = rng.uniform(-0.05, 0.45, len(rows))[index]
    base = gigabytes[rows][index] * share[index]
    used = base * (1 + growth * (at - FIRST) / (LAST - FIRST)) * rng.normal(1, 0.004, len(at))
    capacity = np.ceil(base * 1.6 / 100) * 100
    values = zip(regions[index], used.tolist(), (capacity - used).tolist(), strict=True)
    properties = [
        f'{{"region":"{r}","gb":{u:.3f},"free_gb":{max(f, 0):.3f}}}' for r, u, f in values
    ]
    return frame(table, rows[index], at, "storage_sample", properties, "cluster")


def connections(table: pd.DataFrame) -> pd.DataFrame:
    """Open realtime connections, every 6 hours: more by day than by night."""
    rng = generator(13)
    usual = table["connections"].to_numpy(dtype=float)
    rows = np.nonzero(usual > 0)[0]
    index, at = _samples(rng, table, rows, 6)
    clocks = table["home_region"].map(REGION_CLOCKS).to_numpy()[rows][index]
    local = ((at - FIRST) // HOUR + clocks) % 24
    busy = 0.35 + 0.65 * np.exp(-(((local - 15) / 5.0) ** 2))
    open_now = (usual[rows][index] * busy * rng.lognormal(0, 0.12, len(at))).astype(int)
    region = table["home_region"].to_numpy(dtype=object)[rows][index]
    values = zip(region, open_now.tolist(), strict=True)
    properties = [f'{{"region":"{r}","connections":{n}}}' for r, n in values]
    return frame(table, rows[index], at, "connection_sample", properties, "cluster")


def seats(table: pd.DataFrame) -> pd.DataFrame:
    """One event per seat and day of use: most seats on weekdays, few at weekends."""
    rng = generator(14)
    counts = table["seats"].to_numpy()
    seat_row = np.repeat(np.arange(len(table)), counts)
    seat = np.arange(len(seat_row)) - np.repeat(np.cumsum(counts) - counts, counts)
    days = np.arange(HOURS // 24 + 1)
    weekend = (days + 3) % 7 >= 5
    used = rng.random((len(seat_row), len(days))) < np.where(weekend, 0.12, 0.87)[None, :]
    which, day = np.nonzero(used)
    row = seat_row[which]
    clock = table["home_region"].map(REGION_CLOCKS).to_numpy()[row]
    at = FIRST + day * DAY + (9 - clock) * HOUR + rng.integers(0, 3 * 3600, len(row)) * 1_000_000
    active = (at >= table["active_from"].to_numpy()[row]) & (
        at < table["active_until"].to_numpy()[row]
    )
    row, at, which = row[active], at[active], which[active]
    plan = table["seat_plan"].to_numpy(dtype=object)[row]
    values = zip(seat[which].tolist(), plan, strict=True)
    properties = [f'{{"user_id":"seat-{n + 1:02d}","plan":"{p}"}}' for n, p in values]
    return frame(table, row, at, "seat_active", properties, "cluster")
