"""What customers ask for: model requests, document calls, transfers, a beta without a price.

Every function takes the customers and gives a frame of events as `rhythm` describes it, unsorted.
Property names are those of the reference metrics.
"""

import numpy as np
import pandas as pd

from demo.company import DAY, generator
from demo.rhythm import FIRST, arrivals, frame, pick

MODELS = ("lantern-mini", "lantern-pro", "lantern-embed", "lantern-vision", "lantern-pro-preview")
SERVICES = ("assistant", "search", "batch", "evals", "ingest", "playground")
PREVIEW_FROM = FIRST + 68 * DAY  # 10 March: a model goes live before anybody gave it a price
VISION_USERS = ("cobalt-games", "harbor-analytics", "meadow-health", "nova-tickets", "umber-photo")
PREVIEW_USERS = ("harbor-analytics", "dolomite-ai", "raven-security")


def llm_requests(table: pd.DataFrame) -> pd.DataFrame:
    """Requests, each a job of many prompts; what it cost in tokens is log-normal."""
    rng = generator(1)
    row, at = arrivals(rng, table, table["llm_per_day"].to_numpy())
    ids = table["customer_id"]
    shares = np.zeros((len(table), len(MODELS)))
    shares[:, :3] = rng.dirichlet((4.0, 3.5, 1.5), len(table))
    shares[:, 3] = np.where(ids.isin(VISION_USERS), 0.06, 0)
    shares[:, 4] = np.where(ids.isin(PREVIEW_USERS), 0.08, 0)
    shares /= shares.sum(axis=1, keepdims=True)
    model = pick(rng, shares, row)
    model = np.where((model == 4) & (at < PREVIEW_FROM), 1, model)
    service = pick(rng, rng.dirichlet([1.2] * len(SERVICES), len(table)), row)
    tokens = rng.lognormal(12.1, 1.1, len(row))
    answered = np.where(model == 2, 0, rng.beta(4, 16, len(row)))
    output = (tokens * answered).astype(np.int64)
    values = zip(
        model.tolist(),
        service.tolist(),
        (tokens.astype(np.int64) - output).tolist(),
        output.tolist(),
        strict=True,
    )
    properties = [
        f'{{"model":"{MODELS[m]}","user_id":"{SERVICES[s]}",'
        f'"input_tokens":{i},"output_tokens":{o}}}'
        for m, s, i, o in values
    ]
    return frame(table, row, at, "llm_request", properties, "gateway")


def api_calls(table: pd.DataFrame) -> pd.DataFrame:
    """Calls of the document API: end users of the customer, a status and a latency."""
    rng = generator(2)
    per_day = table["documents_per_day"].to_numpy()
    row, at = arrivals(rng, table, per_day)
    users = np.maximum(5, per_day * 9)[row]
    user = (users * rng.random(len(row)) ** 1.6).astype(int)
    status = np.array([200, 429, 500, 503])[
        np.searchsorted([0.985, 0.993, 0.998], rng.random(len(row)), side="right")
    ]
    latency = rng.lognormal(5.2, 0.6, len(row)).astype(int)
    region = table["home_region"].to_numpy(dtype=object)[row]
    values = zip(region, user.tolist(), status.tolist(), latency.tolist(), strict=True)
    properties = [
        f'{{"region":"{r}","user_id":"u{u:04d}","status":{s},"latency_ms":{ms}}}'
        for r, u, s, ms in values
    ]
    return frame(table, row, at, "api_call", properties, "gateway")


def transfers(table: pd.DataFrame) -> pd.DataFrame:
    """Bytes in and out per region; some egress leaves through Singapore, which costs more."""
    rng = generator(3)
    row, at = arrivals(rng, table, table["transfers_per_day"].to_numpy())
    home = table["home_region"].to_numpy(dtype=object)[row]
    region = np.where(rng.random(len(row)) < 0.07, "ap-southeast", home)
    direction = np.where(rng.random(len(row)) < 0.3, "in", "out")
    sent = rng.lognormal(23.2, 0.9, len(row)).astype(np.int64)
    values = zip(region, direction, sent.tolist(), strict=True)
    properties = [f'{{"region":"{r}","direction":"{d}","bytes":{b}}}' for r, d, b in values]
    return frame(table, row, at, "transfer", properties, "transfers")


def eval_runs(table: pd.DataFrame) -> pd.DataFrame:
    """A beta feature that sends usage already although no product bills it yet."""
    rng = generator(4)
    beta = table["price_list"].isin(["enterprise", "builders"])
    row, at = arrivals(rng, table, np.where(beta, 1.2, 0))
    cases = rng.integers(20, 400, len(row))
    properties = [f'{{"suite":"regression","cases":{n}}}' for n in cases.tolist()]
    return frame(table, row, at, "eval_run", properties, "gateway")
