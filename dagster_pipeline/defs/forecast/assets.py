"""Forecasts of open periods: a job of its own that no run waits for (S-85)."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import DataDirectory
from meterhouse.forecast.errors import ForecastInProgress, NothingToForecast
from meterhouse.forecast.forecast import forecast


@dg.asset(key=["forecast", "forecasts"], group_name="forecast", kinds={"python", "delta"})
def expected_amounts(data_directory: DataDirectory) -> dg.MaterializeResult[None]:
    """The log of forecasts: what open periods will come to, and what earlier forecasts did.

    It copies the warehouse between two runs and computes in the copy, so a run waits for the copy
    at most; the next run publishes what was found.
    """
    with words_not_traces():
        try:
            done = forecast(data_directory.path)
        except (ForecastInProgress, NothingToForecast) as nothing:
            return dg.MaterializeResult(metadata={"nothing": str(nothing)})
    return dg.MaterializeResult(
        metadata={
            "as of": done.as_of.isoformat(),
            "records": done.records.num_rows,
            "outcomes": done.outcomes,
        }
    )
