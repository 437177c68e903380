"""Landing: files, what came over HTTP and what sources give become batches of the event log."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from meterhouse.run.land import land
from raw_events.common.text import shown_lines


@dg.asset(
    key=["events", "raw_events"],
    group_name="events",
    kinds={"python", "delta"},
    # Another process may have the same folder in its hands, or a disk may be slow to answer.
    retry_policy=dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL),
)
def raw_events(clock: Clock, data_directory: DataDirectory) -> dg.MaterializeResult[None]:
    """The append-only log of usage events.

    Lands what lies in the drop folder (`inbox/`), what was acknowledged over HTTP (`segments/`) and
    what is new in the sources that are due. A source that stops does not stop the run (S-65).
    """
    with words_not_traces():
        landed = land(data_directory.path, clock)
    return dg.MaterializeResult(
        metadata={
            "as_of": instant_text(clock.moment()),
            **landed.counts,
            "refused and left": dg.MetadataValue.text(shown_lines("\n".join(landed.lines))),
        },
    )
