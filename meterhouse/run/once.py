"""A whole run in this process: the steps, one after the other, under the run's lock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from meterhouse.common.progress import reporter
from meterhouse.dbt.project import parsed_project
from meterhouse.run.clock import RunClock
from meterhouse.run.finalize import make_final
from meterhouse.run.land import land
from meterhouse.run.models import build_all
from meterhouse.run.prepare import ready_book, ready_inputs
from meterhouse.run.publish import Published, publish, say_nothing_new
from meterhouse.warehouse.database import kept_open
from meterhouse.warehouse.inputs import Inputs
from meterhouse.warehouse.lock import run_lock


@dataclass(frozen=True)
class Run:
    """What a run did; without `published` nothing was new, and what was published stands.

    At `stands_until` the clock alone changes it.
    """

    as_of: datetime
    stands_until: datetime
    inputs: Inputs
    new_final_invoices: int = 0
    published: Published | None = None


def run_once(home: Path, clock: RunClock, leave: Collection[str] = ()) -> Run:
    """Everything that is due, once: what the Dagster job `run` does, without its history.

    `leave`: sources that are not asked this time, because they stopped a moment ago.
    Raises what stops a run, in words where it is known; what makes it fail although all is
    published is `published.trouble`.
    """
    with run_lock(home, say=reporter().say):
        land(home, clock, leave)
        with kept_open(home):
            as_of, book = ready_book(home, clock)
            ready = ready_inputs(home, clock, as_of, book)
            if ready.up_to_date_since:
                return Run(ready.as_of, say_nothing_new(home, ready.up_to_date_since), ready)
        build_all(home, parsed_project())
        with kept_open(home):
            done = make_final(home)
            published = publish(home, ready, done.invoices)
        return Run(ready.as_of, published.stands_until, ready, done.invoices, published)
