"""Last step: what people read, replaced as a whole."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from meterhouse.common.instants import instant_text
from meterhouse.common.progress import reporter, stage, stage_seconds
from meterhouse.warehouse.alert_log import note_alerts
from meterhouse.warehouse.clock import run_instant
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.errors import ContractsHeld, DamagedLog
from meterhouse.warehouse.events_without_number import events_without_number
from meterhouse.warehouse.held import raise_held
from meterhouse.warehouse.ignored_changes import count_ignored_changes, ignored_changes_line
from meterhouse.warehouse.inputs import Inputs
from meterhouse.warehouse.kept_run import note_rated_run
from meterhouse.warehouse.log_files import raise_damage
from meterhouse.warehouse.publish import Publication, parts_alone_line, publish_marts
from meterhouse.warehouse.run_costs import record_publishing, record_run
from meterhouse.warehouse.standing import note_standing
from meterhouse.warehouse.stored_values import altered_windows, forget_measured
from meterhouse.warehouse.up_to_date import note_up_to_date, stands_until


@dataclass(frozen=True)
class Published:
    """A publication, of which run (`as_of`), and what the run cost (as `record_run` gives it).

    At `stands_until` the clock alone changes it. `trouble` is what makes the run fail although all
    of this is published: damaged evidence, held contracts.
    """

    as_of: datetime
    stands_until: datetime
    publication: Publication
    ignored_changes: int
    cost: dict[str, int]
    trouble: DamagedLog | ContractsHeld | None


def publish(home: Path, ready: Inputs | None, new_final_invoices: int) -> Published:
    """Publish the marts, and note that they stand; `ready` are the inputs of this run, if it had.

    Raises PublishError, EvidenceMissing.
    """
    with stage("published") as counts:
        with open_warehouse(home) as con:
            as_of = run_instant(con)
            unread = [*altered_windows(con), *events_without_number(con)]
            new = (ready.new_batches, ready.new_events) if ready else (0, 0)
            note_alerts(con, home)
            cost = record_run(con, stage_seconds(), *new, new_final_invoices)
            publication = publish_marts(con, home)
            note_up_to_date(con, home)
            note_rated_run(con)
            until = stands_until(con)
            forget_measured(con)
            ignored = count_ignored_changes(con)
        counts["marts"] = len(publication.rows)
        counts["changed"] = len(publication.changed)
        counts["invoices"] = publication.rows.get("invoices")
    for sentence in [*unread, *map(parts_alone_line, publication.alone)]:
        reporter().say(sentence)
    if ignored:
        reporter().stands("ignored changes", str(ignored), ignored_changes_line(ignored))
    note_standing(home, as_of)
    with open_warehouse(home) as con:
        record_publishing(con, cost["run"], stage_seconds()["published"])
        trouble = _trouble(con)
    return Published(as_of, until, publication, ignored, cost, trouble)


def _trouble(con: duckdb.DuckDBPyConnection) -> DamagedLog | ContractsHeld | None:
    try:
        raise_damage(con)
        raise_held(con)
    except (DamagedLog, ContractsHeld) as error:
        return error
    return None


def say_nothing_new(home: Path, since: datetime) -> datetime:
    """Record a run that had nothing to do: what was published as of `since` stands; until when."""
    reporter().idle(
        f"Nothing is new since the run as of {instant_text(since)}: its drafts and marts stand."
    )
    with open_warehouse(home) as con:
        record_run(con, stage_seconds(), 0, 0, nothing_new=True)
        ignored, until, as_of = count_ignored_changes(con), stands_until(con), run_instant(con)
    if ignored:
        reporter().idle(ignored_changes_line(ignored))
    note_standing(home, as_of)
    return until
