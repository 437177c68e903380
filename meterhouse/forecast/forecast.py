"""A forecast of a data directory, from the state of its last run to the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from meterhouse.common.alone import alone
from meterhouse.common.progress import stage
from meterhouse.dbt.project import parsed_project
from meterhouse.forecast.commits import COMMITS
from meterhouse.forecast.errors import ForecastInProgress, NothingToForecast
from meterhouse.forecast.outcomes import OUTCOMES
from meterhouse.forecast.rated import rate_paths
from meterhouse.forecast.records import PRODUCTS, RECORDS
from meterhouse.ledger.sql import one_row
from meterhouse.preview.scratch import copy_warehouse, scratch_home
from meterhouse.warehouse.database import open_warehouse, table_exists
from meterhouse.warehouse.forecast_log import NAMES, SCHEMA, forecast_log
from meterhouse.warehouse.layout import check_layout

LOCK = "forecast.lock"


@dataclass(frozen=True)
class Forecast:
    """`as_of` of the run that it goes on from; what was appended to the log: `records` and, of
    earlier forecasts, `outcomes`. Without records that moment was forecast before."""

    as_of: datetime
    records: pa.Table
    outcomes: int


def forecast(home: Path) -> Forecast:
    """Forecast what is open, unless that was done for the last run already. Never a run's table.

    Raises NothingToForecast before the first run, ForecastInProgress, PreviewFailed if the models
    fail, LogDamaged.
    """
    project = parsed_project()
    log = forecast_log(home)
    with _only(home), scratch_home(home) as scratch:
        with stage("scratch copy"):
            copy_warehouse(home, scratch)
        with open_warehouse(scratch) as con:
            if not table_exists(con, "marts", "invoice_lines"):
                raise NothingToForecast("No run has ended yet: meterhouse run")
            check_layout(con)
            [as_of] = one_row(con, "select as_of from inputs.run")
            source = log.source()
            [known] = one_row(
                con,
                f"select count(*) from {source} where record = 'forecast' and as_of = $1",
                [as_of],
            )
        if known:
            return Forecast(as_of, SCHEMA.empty_table(), 0)
        rate_paths(scratch, project, source)
        with open_warehouse(scratch) as con:
            for statement in (COMMITS, PRODUCTS, RECORDS, OUTCOMES.format(source=source)):
                con.execute(statement)
            found: pa.Table = con.sql(
                f"select {NAMES} from (select * from forecast.records "
                "union all by name select * from forecast.outcomes) order by all"
            ).to_arrow_table()
    log.append_table(found.cast(SCHEMA))
    return Forecast(as_of, *_parted(found.cast(SCHEMA)))


def _parted(found: pa.Table) -> tuple[pa.Table, int]:
    records = found.filter(pc.equal(found["record"], "forecast"))
    return records, found.num_rows - records.num_rows


@contextmanager
def _only(home: Path) -> Iterator[None]:
    def taken(holder: str) -> ForecastInProgress:
        return ForecastInProgress(f"A forecast of {home} is under way ({holder}).")

    with alone(Path(home) / LOCK, taken):
        yield
