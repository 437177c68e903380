"""`meterhouse live`: a run as soon as there is something to do, in one process."""

import argparse
import warnings
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from meterhouse.run.once import Run

HELP = "run as soon as something is there to do, again and again, until it is stopped"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--now`."""
    parser.add_argument(
        "--now",
        action="store_true",
        help="work for now, also where the commands before were given moments long past",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or Ctrl-C, and end after the run at work.

    1 if the code was changed, or another process is live on the data directory.
    """
    import signal
    import threading

    from meterhouse.cli.reporters import LiveReporter, attempts_said
    from meterhouse.common.progress import reporter, reporting_to
    from meterhouse.common.settings import home
    from meterhouse.run.clock import MachineClock
    from meterhouse.run.errors import CodeChanged
    from meterhouse.run.live import Live, only_live

    def done(run: "Run", seconds: float) -> None:
        note(run)
        final = f", {run.new_final_invoices:,} became final" if run.new_final_invoices else ""
        reporter().say(
            f"{seconds:.1f} s  {run.inputs.new_events:,} new events in "
            f"{run.inputs.new_batches:,} batches{final}"
        )

    # Dagster warns of its own preview features; a person who bills customers cannot act on that.
    warnings.filterwarnings("ignore", module=r"dagster(\W|$)")
    clock = MachineClock(now=arguments.now)
    # At once, where a person can still read it.
    clock.checked(home())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with (
        only_live(home()),
        reporting_to(LiveReporter()) as said,
        attempts_said(said),
        _noting()(home()) as note,
    ):
        reporter().say(f"Live on {home()}: a run as soon as there is something to do.")
        try:
            Live(home(), clock, stop.wait, done).run()
        except CodeChanged as error:
            # With its moment, as all that is said.
            said.say(str(error))
            return error.exit_status
    return 0


def _noting() -> "Callable[[Path], AbstractContextManager[Callable[[Run], None]]]":
    """How a run is noted where the web interface reads it; found as `_pipeline` of `run` is."""
    (found,) = entry_points(group="meterhouse.pipeline", name="noting")
    noting: Callable[[Path], AbstractContextManager[Callable[[Run], None]]] = found.load()
    return noting
