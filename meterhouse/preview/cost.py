"""What would these events cost now? The drafts with them, against the drafts as they stand.

The events are landed in a scratch data directory, at the moment of the last run, and the models of
a run compute the contracts that they are of. So the answer is what a run would draft if they were
landed. Nothing is landed, nothing is quarantined, no word of it stays.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.progress import stage
from meterhouse.dbt.project import parsed_project
from meterhouse.ledger.sql import one_row, one_value
from meterhouse.preview import cost_answer
from meterhouse.preview.compare import compare
from meterhouse.preview.cost_events import of_customer, put_into_log, read_events
from meterhouse.preview.drafts import DRAFTS, build_in, unneeded_metrics
from meterhouse.preview.errors import NothingToPreview, NotReady
from meterhouse.preview.question import Question
from meterhouse.preview.reopen import NOW
from meterhouse.preview.scratch import copy_at_rest, scratch_home, warehouse_at_rest
from meterhouse.warehouse.database import open_warehouse, table_exists
from meterhouse.warehouse.generations import published_folder
from meterhouse.warehouse.kept_run import NOTED, choose_kept_run
from meterhouse.warehouse.layout import check_layout
from meterhouse.warehouse.publication_name import publication_name, published_files
from meterhouse.warehouse.up_to_date import CODE, code_state
from raw_events.schemas.published import NAME

# Whatever changed the inputs since would have been computed by that run, or a later one.
_IS_WHOLE = f"""
    select count(*) from {NOTED} as noted
    inner join inputs.run using (log_version, price_book)
    where not exists (from inputs.damage)
"""
WANTED = (*DRAFTS, "+commit_balances", "+unbilled_event_types")


@dataclass(frozen=True)
class Cost:
    """The answer, of one publication and its moment.

    `rejected`: events that landing would reject, by row. `events`: row, id and outcome of the
    others. `lines` change, `invoices` are the drafts that do, `balances` have less or more left;
    differences are after − before, exact. `held`: contract → why it could not be computed.
    """

    publication: str
    as_of: datetime
    rejected: list[dict[str, Any]]
    events: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    invoices: list[dict[str, Any]] = field(default_factory=list)
    balances: list[dict[str, Any]] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def cost(
    home: Path, events: Path, customer: str | None = None, contract: str | None = None
) -> Cost:
    """What the events of a file change on the drafts. Only reads `home`.

    With `customer` events of others are rejected, and what others have landed plays no part.
    `contract`: of that one's drafts alone. Raises LandingError for a file that cannot be read,
    NothingToPreview where there is no such contract, NotReady without a run that came to its end.
    """
    project = parsed_project()
    with scratch_home(home) as scratch:
        with stage("scratch copy"), warehouse_at_rest(home) as source:
            copy_at_rest(source, scratch)
            publication = _publication(home)
            if (home / NAME).is_file():
                (scratch / NAME).write_bytes((home / NAME).read_bytes())
        with stage("events") as counts, open_warehouse(scratch) as con:
            as_of = _check_run(con, home)
            if contract is not None:
                customer = _owner(con, contract, customer)
            found = read_events(scratch, events, as_of)
            if customer is not None:
                _check_customer(con, customer)
                found = of_customer(con, found, customer)
            counts["rejected"] = len(found.rejected)
            if found.file is None:
                return Cost(publication, as_of, found.rejected, notes=found.notes)
            version = _prepare(con, home, found.file, contract)
            unneeded = unneeded_metrics(con)
        build_in(scratch, project, list(WANTED), unneeded, tests=False, all_contracts=False)
        with open_warehouse(scratch) as con:
            return _answer(
                con, Cost(publication, as_of, found.rejected, notes=found.notes), version
            )


def _publication(home: Path) -> str:
    folder = published_folder(home)
    if folder is None:
        raise NotReady("Nothing is published yet; the first run does it: meterhouse run")
    try:
        return publication_name(folder, published_files(folder))
    except ValueError as error:
        raise NotReady(str(error)) from error


def _check_run(con: duckdb.DuckDBPyConnection, home: Path) -> datetime:
    """The moment of the last run, whose drafts the warehouse has, all of them, by today's code."""
    if not table_exists(con, *NOTED.split(".")) or not one_value(con, _IS_WHOLE):
        raise NotReady(
            "The last run did not come to its end, or found damage, so it is not known what the "
            "drafts are: meterhouse run"
        )
    if one_value(con, f"select code from {CODE}") != code_state(home):
        raise NotReady(
            "The drafts were computed by other code, metrics or schemas than today's, so they do "
            "not compare: meterhouse run"
        )
    check_layout(con)
    as_of: datetime = one_value(con, "select as_of from inputs.run")
    return as_of


def _owner(con: duckdb.DuckDBPyConnection, contract: str, customer: str | None) -> str:
    query = (
        "select customer_id from price_book.contracts inner join inputs.run using (price_book) "
        "where contract_id = ?"
    )
    found = con.execute(query, [contract]).fetchall()
    if not found or customer not in (None, found[0][0]):
        whose = f" of customer {customer}" if customer else ""
        raise NothingToPreview(f"There is no contract {contract}{whose} in the last price book.")
    return str(found[0][0])


def _check_customer(con: duckdb.DuckDBPyConnection, customer: str) -> None:
    query = (
        "select count(*) from price_book.customers inner join inputs.run using (price_book) "
        "where customer_id = ?"
    )
    if not one_value(con, query, [customer]):
        raise NothingToPreview(f"There is no customer {customer} in the last price book.")


def _prepare(con: duckdb.DuckDBPyConnection, home: Path, file: Path, contract: str | None) -> int:
    """Keep what is drafted now, and make the events new ones of the scratch's log: its version."""
    con.execute("create schema if not exists preview")
    con.execute(cost_answer.REOPENED)
    con.execute(cost_answer.CONTRACTS, {"file": str(file), "contract": contract})
    con.execute(NOW)
    cost_answer.note_before(con)
    as_of, book = one_row(con, "select as_of, price_book from inputs.run")
    version = put_into_log(con, file)
    choose_kept_run(con, as_of, book)
    return version


def _answer(con: duckdb.DuckDBPyConnection, begun: Cost, version: int) -> Cost:
    held = cost_answer.leave_held_out(con)
    compare(con, Question())
    return replace(
        begun,
        events=cost_answer.outcomes(con, version),
        lines=cost_answer.changed_lines(con),
        invoices=cost_answer.changed_invoices(con),
        balances=cost_answer.changed_balances(con),
        held=held,
    )
