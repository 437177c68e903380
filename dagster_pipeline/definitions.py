"""What Dagster loads: everything under defs/."""

from pathlib import Path

import dagster as dg

from raw_events.common.files import for_owner_and_group_alone


@dg.definitions
def defs() -> dg.Definitions:
    """Assets, checks, jobs, schedules, sensors and resources."""
    for_owner_and_group_alone()
    return dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
