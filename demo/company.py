"""Lanternfield AI: its customers' appetites (`workload.csv`) and the dates of its first quarter.

What it sells and for how much is in `seeds/`; here is only who uses how much, in which rhythm, and
at which moments the demo lands files and runs the billing.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

NAME = "Lanternfield AI"
SEED = 20260101

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 4, 8, 9, tzinfo=UTC)
DAY = 86_400_000_000  # all instants of the generator are microseconds since 1970
HOUR = DAY // 24

# Hours that the local clock of a region is ahead of UTC: usage follows office hours.
REGION_CLOCKS = {"us-east": -5, "eu-west": 1, "ap-northeast": 9, "ap-southeast": 8}


@dataclass(frozen=True)
class Step:
    """A moment of the replay: files that arrived since the last one are landed, then maybe a run.

    `late_files` names files that arrive besides the regular ones. Instants are UTC.
    """

    as_of: datetime
    story: str
    run: bool = True
    late_files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The date that the step's files carry."""
        return f"{self.as_of:%Y-%m-%d}"

    @property
    def as_of_text(self) -> str:
        """RFC 3339, as the command line takes it."""
        return f"{self.as_of:%Y-%m-%dT%H:%M:%SZ}"


def _at(month: int, day: int, hour: int) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


STEPS = (
    Step(_at(1, 16, 6), "mid-January: every open period has a draft"),
    Step(_at(2, 2, 1), "January is over for 25 hours: its invoices become final"),
    Step(
        _at(2, 10, 9),
        "Singapore was cut off on 30 and 31 January; its buffer arrives now, after the invoices",
        run=False,
        late_files=("singapore-buffer",),
    ),
    Step(_at(3, 2, 1), "February becomes final and bills January's late usage"),
    Step(
        _at(3, 17, 9),
        "a European relay resends four days of February: some of it is new, some was here before",
        run=False,
        late_files=("europe-resend",),
    ),
    Step(
        _at(4, 2, 1),
        "March and the first quarter become final; Orchid Systems had cancelled its platform fee"
        " on 21 March and gets back the days that it had paid",
    ),
    Step(
        _at(4, 8, 9),
        "April's first week: drafts, and a few usage files of March that were forgotten",
        late_files=("forgotten-march",),
    ),
)

# What the price book says of these subscriptions was not known before: earlier steps run without
# the end. It is written after the invoice, so that paid days are given back (S-35a).
CANCELLED = {"sub-orchid-systems-platform": _at(3, 21, 9)}


def micros(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return int(moment.timestamp()) * 1_000_000


def customers() -> pd.DataFrame:
    """One row per sender of `workload.csv`; `active_from`/`active_until` in microseconds."""
    table = pd.read_csv(Path(__file__).with_name("workload.csv"), keep_default_na=False)
    for column, default in (("active_from", START), ("active_until", END)):
        table[column] = [
            micros(datetime.fromisoformat(text).replace(tzinfo=UTC) if text else default)
            for text in table[column]
        ]
    return table


def generator(stream: int) -> np.random.Generator:
    """Random numbers of one stream; a change to one kind of event leaves the others as they are."""
    return np.random.Generator(np.random.PCG64([SEED, stream]))
