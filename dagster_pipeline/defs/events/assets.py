"""Landing: files of the drop folder become batches of the event log."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from meterhouse.common.progress import forget_stages, reporter, stage
from meterhouse.warehouse.evidence import check_evidence
from raw_events.common.text import shown_lines
from raw_events.ingest.drop_folder import land_drop_folder


@dg.asset(
    key=["events", "raw_events"],
    group_name="events",
    kinds={"python", "delta"},
    # Another process may have the same folder in its hands, or a disk may be slow to answer.
    retry_policy=dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL),
)
def raw_events(clock: Clock, data_directory: DataDirectory) -> dg.MaterializeResult[None]:
    """The append-only log of usage events; lands what lies in the drop folder (`inbox/`)."""
    forget_stages()
    with words_not_traces(), stage("events") as counts:
        check_evidence(data_directory.path)
        clock.checked(data_directory.path)
        landed = land_drop_folder(data_directory.path, clock.moment)
        counts.update(landed.counts())
        for line in landed.lines:
            reporter().say(line)
    return dg.MaterializeResult(
        metadata={
            "as_of": instant_text(clock.moment()),
            **landed.counts(),
            "refused and left": dg.MetadataValue.text(shown_lines("\n".join(landed.lines))),
        },
    )
