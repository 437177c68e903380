"""Landing: files, what came over HTTP and what sources give become batches of the event log."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from meterhouse.common.progress import forget_stages, reporter, stage
from meterhouse.common.settings import collectors
from meterhouse.event_types.registry import hand_over
from meterhouse.warehouse.clock import machine_clock
from meterhouse.warehouse.evidence import check_evidence
from raw_events.collectors.collect import Collected, collect_due
from raw_events.common.text import shown_lines
from raw_events.ingest.drop_folder import land_drop_folder
from raw_events.segments.landing import land_segments


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
    forget_stages()
    with words_not_traces(), stage("events") as counts:
        check_evidence(data_directory.path)
        clock.checked(data_directory.path)
        hand_over(data_directory.path)
        landed = land_drop_folder(data_directory.path, clock.moment)
        sent = land_segments(data_directory.path, clock.moment, machine_clock)
        found = list(collect_due(data_directory.path, collectors(), clock.moment))
        asked = collected_counts(found)
        counts.update({**landed.counts(), **sent.counts(), **asked})
        lines = [*landed.lines, *sent.lines, *(each.line() for each in found)]
        for line in lines:
            reporter().say(line)
    return dg.MaterializeResult(
        metadata={
            "as_of": instant_text(clock.moment()),
            **landed.counts(),
            **sent.counts(),
            **asked,
            "refused and left": dg.MetadataValue.text(shown_lines("\n".join(lines))),
        },
    )


def collected_counts(found: list[Collected]) -> dict[str, int]:
    """What sources gave, in numbers; empty if none was due."""
    if not found:
        return {}
    return {
        "sources": len(found),
        "collected": sum(each.accepted for each in found),
        "collected, rejected": sum(each.rejected for each in found),
        "stopped sources": sum(each.error is not None for each in found),
    }
