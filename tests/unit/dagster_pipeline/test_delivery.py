"""Delivery is a job of its own, and knows which runs failed and why (S-70)."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from dagster_pipeline.definitions import defs
from dagster_pipeline.defs.automation.schedules import deliver_often
from dagster_pipeline.defs.delivery.assets import delivered_messages, failed_runs
from dagster_pipeline.defs.delivery.checks import (
    messages_are_delivered_in_time,
    no_messages_are_dead,
)
from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.errors import UsageError
from meterhouse.delivery.log import deliveries
from tests.unit.meterhouse.delivery.world import NOW, book, endpoint, invoice, publish

KEY = dg.AssetKey(["delivery", "deliveries"])
LISTINGS = dg.AssetKey(["delivery", "provider_listings"])


def test_no_run_sends_anything_or_waits_for_who_does():
    repository = defs().get_repository_def()
    run, job = repository.get_job("run"), repository.get_job("deliver")
    assert not {KEY, LISTINGS} & set(run.asset_layer.executable_asset_keys)
    assert set(job.asset_layer.executable_asset_keys) == {KEY, LISTINGS}
    assert "warehouse" not in delivered_messages.required_resource_keys
    assert deliver_often.cron_schedule == "*/5 * * * *"


def test_a_failed_run_is_told_with_its_words_and_without_secrets(monkeypatch):
    monkeypatch.setenv("SOME_PASSWORD", "correct horse")

    @dg.op
    def stops() -> None:
        with words_not_traces():
            raise UsageError("rates.csv, row 3 is wrong; it says correct horse.")

    @dg.job(name="run")
    def failing() -> None:
        stops()

    with dg.DagsterInstance.ephemeral() as instance:
        done = failing.execute_in_process(instance=instance, raise_on_error=False)
        now = datetime.now(UTC)
        [found] = failed_runs(instance, now)
        assert (found.run_id, found.job) == (done.run_id, "run")
        assert found.error == "rates.csv, row 3 is wrong; it says ***."
        assert abs(found.failed_at - now) < timedelta(minutes=1)
        assert failed_runs(instance, now + timedelta(days=4)) == []


def attempt(outcome: str) -> dict[str, object]:
    return {"record": "attempt", "message_id": "msg_1", "target": "webhook:crm", "attempt": 1,
            "outcome": outcome, "retry_at": NOW, "recorded_at": NOW}  # fmt: skip


def checked(home, monkeypatch, hours: float) -> tuple[bool, bool]:
    """What the two checks say `hours` after the message was noted."""
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    clock = Clock(as_of=(NOW + timedelta(hours=hours)).isoformat())
    clock.setup_for_execution(dg.build_init_resource_context())
    data = DataDirectory()
    return (
        no_messages_are_dead(data_directory=data).passed,
        messages_are_delivered_in_time(clock=clock, data_directory=data).passed,
    )


def test_the_checks_say_what_is_dead_or_late(tmp_path, monkeypatch):
    assert checked(tmp_path, monkeypatch, 0) == (True, True), "before the first publication"
    publish(tmp_path, {"invoices": [invoice("a")]}, book(endpoint()))
    message = {"record": "message", "message_id": "msg_1", "message_type": "invoice.finalized",
               "subject": "invoice:a", "sequence": 1, "customer_id": "acme", "occurred_at": NOW,
               "body": "{}", "recorded_at": NOW}  # fmt: skip
    deliveries(tmp_path).append([message])
    assert checked(tmp_path, monkeypatch, 7.9) == (True, True)
    assert checked(tmp_path, monkeypatch, 8.1) == (True, False)
    deliveries(tmp_path).append([attempt("dead")])
    assert checked(tmp_path, monkeypatch, 8.1) == (False, True)
