"""Schedules: when the jobs run by themselves.

A scheduled run computes for the moment it starts, like a command without `--as-of`, not for its
tick: the drop-folder sensor may have landed events since, and time does not go back (S-4).
"""

import dagster as dg

from dagster_pipeline.defs.automation.jobs import check_freshness, deliver, forecast, render, run

run_hourly = dg.ScheduleDefinition(
    name="run_hourly",
    job=run,
    cron_schedule="0 * * * *",
    execution_timezone="UTC",
    description="Everything that is due, every hour.",
)

check_freshness_hourly = dg.ScheduleDefinition(
    name="check_freshness_hourly",
    job=check_freshness,
    cron_schedule="30 * * * *",
    execution_timezone="UTC",
    description="Half an hour after each run.",
)

deliver_often = dg.ScheduleDefinition(
    name="deliver_often",
    job=deliver,
    cron_schedule="*/5 * * * *",
    execution_timezone="UTC",
    description="What is tried again is tried in time.",
)

render_often = dg.ScheduleDefinition(
    name="render_often",
    job=render,
    cron_schedule="*/15 * * * *",
    execution_timezone="UTC",
    description="What became final has its documents soon after.",
)

forecast_daily = dg.ScheduleDefinition(
    name="forecast_daily",
    job=forecast,
    cron_schedule="20 6 * * *",
    execution_timezone="UTC",
    description="Once a day, when usage of the day before has arrived; the next run publishes it.",
)
