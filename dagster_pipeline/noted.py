"""Runs outside Dagster, noted in its history: an entry of the published marts, without a run."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from dagster_pipeline.defs.marts.assets import PUBLISHED
from dagster_pipeline.instance import run_instance
from meterhouse.common.instants import instant_text
from meterhouse.common.progress import reporter
from meterhouse.run.once import Run
from raw_events.common.text import shown_lines

# A run every few seconds would fill the history with entries that nobody reads.
EVERY_SECONDS = 60.0


@contextmanager
def noting(home: Path) -> Iterator[Callable[[Run], None]]:
    """Gives a function that notes a run: at most one a minute, and each that made invoices final.

    The history is the one that the web interface reads, as for `meterhouse run`.
    """
    last = float("-inf")
    with run_instance(home) as instance:

        def note(run: Run) -> None:
            nonlocal last
            # A stop-watch; no result depends on it.
            now = time.monotonic()
            if not run.published or not (run.new_final_invoices or now >= last + EVERY_SECONDS):
                return
            last = now
            try:
                instance.report_runless_asset_event(entry(run))
            except Exception as error:
                # Nothing is billed from it: the run stands, and the next one is noted again.
                reporter().say(f"Not noted in Dagster's history: {shown_lines(error)}")

        yield note


def entry(run: Run) -> dg.AssetMaterialization:
    """The entry of a run that published."""
    assert run.published
    return dg.AssetMaterialization(
        PUBLISHED,
        description="By meterhouse live.",
        metadata={
            "as_of": instant_text(run.as_of),
            "new events": run.inputs.new_events,
            "new final invoices": run.new_final_invoices,
            "generation": run.published.publication.generation,
            **run.published.cost,
        },
    )
