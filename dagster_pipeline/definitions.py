"""What Dagster loads: everything under defs/.

Assets and checks are found there; the rest is named here. Dagster's own loader of a folder imports
every component library that is installed, which takes seconds of each run.
"""

import dagster as dg

from dagster_pipeline import defs as folder
from dagster_pipeline.defs.automation import jobs, schedules, sensors
from dagster_pipeline.defs.events.collectors import collector_definitions
from dagster_pipeline.defs.resources import resources
from dagster_pipeline.defs.warehouse.building import dbt_project
from dagster_pipeline.defs.warehouse.keys import asset_specs
from raw_events.common.files import for_owner_and_group_alone


@dg.definitions
def defs() -> dg.Definitions:
    """Assets, checks, jobs, schedules, sensors and resources."""
    for_owner_and_group_alone()
    found = dg.Definitions(
        assets=[
            *dg.load_assets_from_package_module(folder),
            # Built by one step, which tells of each.
            *asset_specs(dbt_project().compiled),
        ],
        asset_checks=dg.load_asset_checks_from_package_module(folder),
        jobs=[
            *(jobs.run, jobs.land, jobs.deliver, jobs.render, jobs.forecast),
            jobs.check_freshness,
        ],
        schedules=[
            schedules.run_hourly,
            schedules.check_freshness_hourly,
            schedules.deliver_often,
            schedules.render_often,
            schedules.forecast_daily,
        ],
        sensors=[sensors.drop_folder, sensors.published],
    )
    return dg.Definitions.merge(found, resources(), collector_definitions())
