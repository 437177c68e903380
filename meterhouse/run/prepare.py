"""Second step: a valid price book, and the inputs of this run as tables of the warehouse."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from meterhouse.common.code_version import code_version
from meterhouse.common.progress import reporter, stage
from meterhouse.run.clock import RunClock
from meterhouse.warehouse.checked_book import CheckedBook, check_price_book
from meterhouse.warehouse.inputs import Inputs, prepare_inputs
from meterhouse.warehouse.used_metrics import check_used_metrics, remember_used_metrics


def ready_book(
    home: Path, clock: RunClock, confirmed: Collection[str] = ()
) -> tuple[datetime, CheckedBook]:
    """The instant of the run, and its price book, checked (S-46) and frozen.

    From here on the run has one instant: everything after reads it from inputs.run (S-4).
    `confirmed` as in `check_price_book`. Raises PriceBookError, FrozenMetricError, ClockError.
    """
    with stage("price book") as counts:
        check_used_metrics(home)
        remember_used_metrics(home)
        as_of = clock.checked(home)
        book = check_price_book(home, as_of, confirmed)
        for line in book.lines:
            # A warning stands as long as the book is like that.
            reporter().stands(line, line, line)
        counts["digest"] = book.frozen.digest[:12]
        if book.warnings:
            counts["warnings"] = book.warnings
    return as_of, book


def ready_inputs(
    home: Path, clock: RunClock, as_of: datetime, book: CheckedBook, again: bool = False
) -> Inputs:
    """Hand this run's inputs to the warehouse; as `prepare_inputs`."""
    with stage("inputs") as counts:
        ready = prepare_inputs(
            home, as_of, book.frozen, code_version(), again, clock.ahead, clock.moment
        )
        counts["log version"] = ready.log_version
        counts["new batches"] = ready.new_batches
        counts["new events"] = ready.new_events
    return ready
