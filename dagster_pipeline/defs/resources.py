"""What a run is given: its clock and its data directory, locked for as long as it works."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field, PrivateAttr

from meterhouse.common import settings
from meterhouse.common.instants import parse_instant
from meterhouse.common.progress import reporter
from meterhouse.warehouse.clock import choose_as_of, due_by, machine_clock
from meterhouse.warehouse.inputs import Inputs
from meterhouse.warehouse.lock import run_lock


class Clock(dg.ConfigurableResource[Any]):
    """The moment of a run (S-4), as landing and the inputs ask for it.

    The inputs ask once, after landing, and write the answer into the warehouse (inputs.run): all
    steps that follow take it from there, so that they agree, also where a run is taken up again.
    """

    as_of: str | None = Field(
        default=None,
        description="RFC 3339 with a zone, like 2026-02-01T00:00:00Z; empty: the moment of launch",
    )
    now: bool = Field(
        default=False,
        description="Work for now, although the runs before were given moments long past (S-4)",
    )
    ahead: bool = Field(
        default=False, description="Take an `as_of` that the machine's clock has not reached (S-4)"
    )
    _given: datetime | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        self._given = parse_instant(self.as_of) if self.as_of else None

    def moment(self) -> datetime:
        """`as_of` in UTC; where no moment was given that of the call."""
        return self._given or machine_clock()

    def checked(self, home: Path) -> datetime:
        """The same, for a step that records it; ClockError if it is refused.

        A scheduled run asks as a command without `--as-of` does: it goes on by itself after any
        stop, but does not throw a directory with a replayed clock into the present.
        """
        return choose_as_of(home, self._given, due_by, now=self.now, ahead=self.ahead)


class DataDirectory(dg.ConfigurableResource[Any]):
    """METERHOUSE_HOME, where landing writes: any number of processes at once."""

    @property
    def path(self) -> Path:
        """Absolute path."""
        return settings.home()


class Warehouse(dg.ConfigurableResource[Any]):
    """METERHOUSE_HOME for those who write the warehouse: one run at a time, the others wait."""

    _inputs: Inputs | None = PrivateAttr(default=None)
    _new_final_invoices: int = PrivateAttr(default=0)

    @property
    def inputs(self) -> Inputs | None:
        """What this run computes from, for the steps that follow; None in a run without them."""
        return self._inputs

    def hand_over(self, inputs: Inputs) -> None:
        """The inputs are in the warehouse."""
        self._inputs = inputs

    @property
    def new_final_invoices(self) -> int:
        """How many invoices this run made final."""
        return self._new_final_invoices

    def made_final(self, invoices: int) -> None:
        """The ledger has them."""
        self._new_final_invoices = invoices

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
