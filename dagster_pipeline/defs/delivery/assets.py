"""Delivery: what leaves, in a job of its own that no run waits for (S-70)."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import DataDirectory
from meterhouse.delivery.billing.listing import Listed, list_providers
from meterhouse.delivery.deliver import deliver
from meterhouse.delivery.delivered import Delivered
from meterhouse.delivery.errors import DeliveryInProgress
from meterhouse.delivery.lock import delivery_lock
from meterhouse.delivery.outbox import FailedRun
from meterhouse.warehouse.clock import machine_clock
from raw_events.common.hidden import without_secrets
from raw_events.common.text import shown_lines

# Failures of longer ago were told, or nobody asked.
LOOKED_BACK = timedelta(days=3)
MOST_FAILURES = 100
WATCHED = ("run", "land")


@dg.asset(key=["delivery", "deliveries"], group_name="delivery", kinds={"python", "delta"})
def delivered_messages(
    context: dg.AssetExecutionContext, data_directory: DataDirectory
) -> dg.MaterializeResult[None]:
    """The log of deliveries: new messages of what is published, and attempts that are due.

    It reads publications and never the warehouse, so it neither waits for a run nor keeps one.
    """
    with words_not_traces():
        try:
            done = deliver(
                data_directory.path, machine_clock, failed_runs(context.instance, machine_clock())
            )
        except DeliveryInProgress:
            done = Delivered()
    return dg.MaterializeResult(
        metadata={
            **done.outcomes,
            "could not be sent": dg.MetadataValue.text(
                shown_lines("\n".join([*done.reasons(), *done.troubles]))
            ),
        }
    )


@dg.asset(
    key=["delivery", "provider_listings"],
    group_name="delivery",
    deps=[delivered_messages],
    kinds={"python", "delta"},
)
def provider_listings(data_directory: DataDirectory) -> dg.MaterializeResult[None]:
    """What billing providers say that they have, asked once a day (S-72); the next run compares.

    What a provider does not say waits for the next pass.
    """
    with words_not_traces():
        try:
            with delivery_lock(data_directory.path):
                done = list_providers(data_directory.path, machine_clock)
        except DeliveryInProgress:
            done = Listed()
    return dg.MaterializeResult(
        metadata={
            "providers asked": done.listed,
            "invoices new or another": done.changed,
            "could not be asked": dg.MetadataValue.text(shown_lines("\n".join(done.troubles))),
        }
    )


def failed_runs(instance: dg.DagsterInstance, now: datetime) -> list[FailedRun]:
    """The runs that failed in the last days and what stopped each, by Dagster's history."""
    found = []
    for job in WATCHED:
        wanted = dg.RunsFilter(
            job_name=job,
            statuses=[dg.DagsterRunStatus.FAILURE],
            updated_after=now - LOOKED_BACK,
        )
        for record in instance.get_run_records(wanted, limit=MOST_FAILURES):
            ended = record.end_time or record.update_timestamp.timestamp()
            found.append(
                FailedRun(
                    record.dagster_run.run_id,
                    job,
                    datetime.fromtimestamp(ended, UTC),
                    without_secrets(_reason(instance, record.dagster_run.run_id)),
                )
            )
    return found


def _reason(instance: dg.DagsterInstance, run_id: str) -> str:
    """Why the first step failed, in words; else that there is none."""
    failures = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.STEP_FAILURE, limit=1
    ).records
    for record in failures:
        event = record.event_log_entry.dagster_event
        if event is not None and event.step_failure_data.error is not None:
            error = event.step_failure_data
            described = error.user_failure_data
            return (described.description if described else None) or error.error_display_string
    return "The process of this run ended; look into its history."
