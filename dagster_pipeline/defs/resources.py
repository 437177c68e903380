"""What a run is given: its clock and its data directory, locked for as long as it works."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
from pydantic import Field, PrivateAttr

from dagster_pipeline import settings
from dagster_pipeline.instants import parse_instant
from dagster_pipeline.progress import reporter
from dagster_pipeline.warehouse.lock import run_lock


class Clock(dg.ConfigurableResource):
    """The moment that a run computes for (S-4), the same in all of its steps."""

    as_of: str | None = Field(
        default=None,
        description="RFC 3339 with a zone, like 2026-02-01T00:00:00Z; empty: the moment of launch",
    )
    _instant: datetime | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        # Only here and in the command line is the machine's clock read: as a default.
        self._instant = parse_instant(self.as_of) if self.as_of else datetime.now(UTC)

    def advance(self) -> datetime:
        """`instant`; where no moment was given now again, for events may have landed meanwhile."""
        if not self.as_of:
            self._instant = datetime.now(UTC)
        return self._instant

    @property
    def instant(self) -> datetime:
        """`as_of` in UTC."""
        return self._instant


class DataDirectory(dg.ConfigurableResource):
    """METERHOUSE_HOME, where landing writes: any number of processes at once."""

    @property
    def path(self) -> Path:
        """Absolute path."""
        return settings.home()


class Warehouse(dg.ConfigurableResource):
    """METERHOUSE_HOME for those who write the warehouse: one run at a time, the others wait."""

    _standing_since: datetime | None = PrivateAttr(default=None)

    @property
    def standing_since(self) -> datetime | None:
        """As of when the marts were made, if this run's inputs say that they are still right."""
        return self._standing_since

    def stand_since(self, as_of: datetime | None) -> None:
        """For the steps that follow."""
        self._standing_since = as_of

    @property
    def path(self) -> Path:
        """Absolute path."""
        return settings.home()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Warehouse"]:
        with run_lock(settings.home(), say=reporter().say):
            yield self


@dg.definitions
def resources() -> dg.Definitions:
    """The resources, and the executor of every job.

    In process: the warehouse admits one, and a run keeps its lock from the first step to the last.
    """
    return dg.Definitions(
        resources={"clock": Clock(), "data_directory": DataDirectory(), "warehouse": Warehouse()},
        executor=dg.in_process_executor,
    )
