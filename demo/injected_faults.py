"""What goes wrong between a customer's request and the log: late, twice, contradicting, broken.

`as_sent` turns the events as they happened into the events as they arrive; `broken_lines` adds what
no reader can take.
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from demo.company import DAY, HOUR, STEPS, Step, generator, micros

LATE_STEP = {name: number for number, step in enumerate(STEPS) for name in step.late_files}
ALIASES = {  # what some senders write instead of the customer's id, and how often
    "orchid-systems": (("acct-20931", 0.4), ("orchid-systems-eu", 0.2)),
    "harbor-analytics": (("harbor_analytics_prod", 0.15),),
}
JANUARY_30, FEBRUARY_18, FEBRUARY_25, MARCH_29 = (
    micros(STEPS[0].as_of.replace(month=month, day=day, hour=0))
    for month, day in ((1, 30), (2, 18), (2, 25), (3, 29))
)


def as_sent(events: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Adds `transaction_id`, `step` (index of the landing), `file`; renames, repeats, spoils some.

    Takes events in order of time; gives one row per line sent, in order of arrival.
    """
    rng = generator(21)
    sent = events.copy()
    numbers = (np.arange(len(sent), dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    sent["transaction_id"] = [f"{number:016x}" for number in numbers.tolist()]
    delay = np.where(
        rng.random(len(sent)) < 0.004, rng.lognormal(1.5, 1.0, len(sent)).clip(0, 60) * HOUR, 0
    )
    sent["arrives"] = sent["at"] + delay.astype(np.int64)
    sent["file"] = sent["feed"]
    _hold_back(sent, table, rng)
    _spoil(sent, rng)
    copies = _repeats(sent, rng)
    _use_aliases(sent, rng)
    copies["customer_id"] = sent["customer_id"].to_numpy()[copies.index]
    sent = pd.concat([sent, copies], ignore_index=True)
    landings = [micros(step.as_of) for step in STEPS]
    late = sent["file"].map(LATE_STEP)
    step = np.searchsorted(landings, sent["arrives"].to_numpy(), side="right")
    sent["step"] = np.where(late.notna(), late.fillna(0), step).astype(int)
    sent = sent[sent["step"] < len(STEPS)]
    return sent.sort_values(["step", "file", "arrives"], kind="stable", ignore_index=True)


def _hold_back(sent: pd.DataFrame, table: pd.DataFrame, rng: np.random.Generator) -> None:
    """Gives events of three incidents to files that arrive after the invoices of their month."""
    at, kind, who = sent["at"], sent["event_type"], sent["customer_id"]
    region = who.map(dict(zip(table["customer_id"], table["home_region"], strict=True)))
    from_network = kind.isin(["llm_request", "api_call", "transfer"])
    singapore = (
        region.isin(["ap-southeast", "ap-northeast"])
        & from_network
        & at.between(JANUARY_30 + 6 * HOUR, JANUARY_30 + 46 * HOUR, inclusive="left")
    )
    europe = (
        (region == "eu-west")
        & from_network
        & at.between(FEBRUARY_25, FEBRUARY_25 + 4 * DAY, inclusive="left")
        & (rng.random(len(sent)) < 0.6)
    )
    churned = (who == "hazel-docs") & at.between(
        FEBRUARY_18, FEBRUARY_18 + 2 * DAY, inclusive="left"
    )
    march = (
        who.isin(["atlas-freight", "meadow-health", "bastion-cloud", "ember-retail"])
        & from_network
        & at.between(MARCH_29, MARCH_29 + 3 * DAY, inclusive="left")
        & (rng.random(len(sent)) < 0.5)
    )
    sent.loc[singapore, "file"] = "singapore-buffer"
    sent.loc[europe | (churned & from_network), "file"] = "europe-resend"
    sent.loc[march, "file"] = "forgotten-march"


def _spoil(sent: pd.DataFrame, rng: np.random.Generator) -> None:
    """Valid events that no price or no number fits: a missing key, a count that is text."""
    transfers = sent.index[sent["event_type"] == "transfer"]
    for row in rng.choice(transfers, 30, replace=False):
        text = sent.at[row, "properties"]
        sent.at[row, "properties"] = text.replace('"direction":"in",', "").replace(
            '"direction":"out",', ""
        )
    requests = sent.index[sent["event_type"] == "llm_request"]
    for number, row in enumerate(rng.choice(requests, 24, replace=False)):
        head, tail = sent.at[row, "properties"].split('"output_tokens":')
        wrong = ('"n/a"', '"1_024"', "null")[number % 3]
        sent.at[row, "properties"] = f'{head}"output_tokens":{wrong}}}' if tail else head


def _repeats(sent: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Lines sent again: most unchanged (duplicates), a few with another content (conflicts).

    The index is that of the rows they repeat.
    """
    again = np.nonzero(rng.random(len(sent)) < 0.0035)[0]
    resent = np.nonzero(sent["file"] == "europe-resend")[0]
    relayed = np.nonzero(
        (sent["feed"] == "transfers")
        & sent["at"].between(FEBRUARY_25, FEBRUARY_25 + DAY)
        & (sent["file"] == "transfers")
    )[0]
    again = np.union1d(again, resent[rng.random(len(resent)) < 0.1])
    copies = sent.iloc[np.concatenate([again, relayed])].copy()
    copies["arrives"] += rng.integers(1, 30 * HOUR, len(copies))
    copies.iloc[len(again) :, copies.columns.get_loc("file")] = "europe-resend"
    requests = copies.index[copies["event_type"] == "llm_request"].unique()
    changed = rng.choice(requests, 20, replace=False)
    copies.loc[changed, "properties"] = copies.loc[changed, "properties"].str.replace(
        '"input_tokens":', '"input_tokens":9', regex=False
    )
    return copies


def _use_aliases(sent: pd.DataFrame, rng: np.random.Generator) -> None:
    draw = rng.random(len(sent))
    for customer, aliases in ALIASES.items():
        mine = (sent["customer_id"] == customer).to_numpy()
        low = 0.0
        for alias, share in aliases:
            sent.loc[mine & (draw >= low) & (draw < low + share), "customer_id"] = alias
            low += share


def broken_lines(step: Step, lines: list[bytes], number: int) -> list[tuple[int, bytes]]:
    """Lines that will be rejected, each with the position in the file where it stands.

    Each is a copy of a real line with one thing wrong, with its own transaction id.
    """
    rng = generator(100 + number)
    old = (step.as_of - timedelta(days=60)).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    broken = []
    for kind, how_many in BROKEN.items():
        for _ in range(rng.poisson(how_many)):
            position = int(rng.integers(0, len(lines)))
            line = lines[position].replace(b'"transaction_id":"', b'"transaction_id":"x')
            stamp = line[line.index(b'"timestamp":"') + 13 :].split(b'"', 1)[0]
            broken.append((position, _break(kind, line, stamp, old)))
    return sorted(broken, key=lambda item: item[0])


BROKEN = {  # mean number in each file of the gateway
    "cut off": 6,
    "no customer": 9,
    "no zone": 4,
    "typing error": 5,
    "year 2036": 3,
    "two months old": 7,
    "key twice": 2,
    "latin-1": 2,
    "a bare word": 1,
    "id as a number": 3,
}


def _break(kind: str, line: bytes, stamp: bytes, old: bytes) -> bytes:
    match kind:
        case "cut off":
            return line[: len(line) * 2 // 3]
        case "no customer":
            start = line.index(b'"customer_id":"')
            return line[:start] + line[line.index(b'",', start) + 2 :]
        case "no zone":
            return line.replace(stamp, stamp.replace(b"T", b" ").rstrip(b"Z"))
        case "typing error":
            return line.replace(b'"properties"', b'"propertys"')
        case "year 2036":
            return line.replace(stamp, b"2036" + stamp[4:])
        case "two months old":
            return line.replace(stamp, old)
        case "key twice":
            return line.replace(b'"event_type"', b'"event_type":"call","event_type"')
        case "latin-1":
            return line.replace(b'"customer_id":"', b'"customer_id":"caf\xe9-')
        case "a bare word":
            return b'"ping"'
        case _:
            start = line.index(b'"customer_id":"') + 14
            return line[:start] + b"20931" + line[line.index(b'",', start) + 1 :]
