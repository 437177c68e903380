"""New messages: what a publication says that somebody asked to be told, and the log does not have.

A message is noted in the log, with its body, before it is sent for the first time: whatever comes
between, it is sent with the same id and the same bytes (S-70).
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from meterhouse.common.failures import FailedRun
from meterhouse.delivery.billing.messages import (
    provider_candidates,
    provider_targets,
    view_ledger,
)
from meterhouse.delivery.events.catalogue import candidates
from meterhouse.delivery.events.event import instant
from meterhouse.delivery.events.payments import view_payments
from meterhouse.delivery.log import deliveries, view_log
from meterhouse.delivery.states import IS_FOR
from meterhouse.delivery.targets import Target, register_targets, targets_of
from meterhouse.delivery.watched import view_troubles
from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from meterhouse.server.reading.reader import Reader
from meterhouse.warehouse.generations import published_folder
from raw_events.common.sql import literal

__all__ = ["FailedRun", "note_messages", "published_targets"]

Found = TypeVar("Found")
# Between its first look and its last; nobody waits for it.
SECONDS = 600.0

_NEW = f"""
    with messages as materialized ({{candidates}}),

    new as (
        select distinct messages.*
        from messages
        inner join targets on not targets.disabled and {IS_FOR}
        anti join (select * from deliveries where record = 'message') as known
            on messages.message_id = known.message_id
    ),

    numbered as (
        select
            new.*,
            coalesce(known.sequence, 0) + row_number() over (
                partition by new.subject order by new.occurred_at, new.message_type, new.message_id
            ) as sequence
        from new
        left join (
            select subject, max(sequence) as sequence from deliveries
            where record = 'message' group by subject
        ) as known on new.subject = known.subject
    )

    select
        'message' as record, message_id, message_type, subject, sequence, customer_id, occurred_at,
        json_object(
            'type', message_type,
            'timestamp', {instant("occurred_at")},
            'subject', subject,
            'sequence', sequence,
            'data', data
        )::varchar as body,
        $now::timestamptz as recorded_at
    from numbered
    order by occurred_at, message_id
"""


def note_messages(home: Path, now: datetime, failed_runs: Iterable[FailedRun] = ()) -> list[Target]:
    """Note what is new in what is published; the targets that its price book names.

    Nothing is noted that nobody asked for. Without a publication there is neither. Raises Refused
    if what is published cannot be read, LogDamaged if the log of deliveries cannot.
    """
    failures = list(failed_runs)
    found = of_publication(home, lambda reader: _found(reader, now, failures))
    if found is None:
        return []
    targets, new = found
    deliveries(home).append(new)
    return targets


def published_targets(home: Path) -> list[Target]:
    """The targets of what is published; none before anything is. Raises Refused."""
    return of_publication(home, _targets) or []


def provider_names(home: Path) -> list[tuple[str, date]]:
    """Each provider that an account names, with the first day of any; of what is published."""
    return of_publication(home, _provider_names) or []


def _provider_names(reader: Reader) -> list[tuple[str, date]]:
    if not provider_targets(reader):
        return []
    rows = reader.rows(
        "select provider, min(starting_on) as since from {book.billing_accounts} "
        "where provider is not null group by all order by all"
    )
    return [(row["provider"], row["since"]) for row in rows]


def _targets(reader: Reader) -> list[Target]:
    return [*targets_of(reader), *provider_targets(reader)]


def of_publication(home: Path, work: Callable[[Reader], Found]) -> Found | None:
    """What `work` makes of what is published; None before anything is. Raises Refused."""
    engine = Engine(home, seconds=SECONDS)
    try:
        return engine.answer_now(work)
    except Refused:
        if published_folder(home) is None:
            return None
        raise
    finally:
        engine.close()


def _found(
    reader: Reader, now: datetime, failed_runs: list[FailedRun]
) -> tuple[list[Target], list[dict[str, Any]]]:
    con = reader.con
    targets = _targets(reader)
    if all(target.disabled for target in targets):
        return targets, []
    register_targets(con, targets)
    view_log(con, reader.home)
    view_payments(reader)
    con.execute(
        "create or replace temp table moment as select $1::timestamptz as as_of", [reader.at.as_of]
    )
    _first_seen(reader)
    view_troubles(reader, now, failed_runs)
    every = candidates()
    if provider_targets(reader):
        view_ledger(reader)
        every += f"\nunion all by name\n{provider_candidates()}"
    new = reader.rows(_NEW.replace("{candidates}", every), {"now": now})
    return targets, new


def _first_seen(reader: Reader) -> None:
    """`first_seen_commits`: the moment of the first run whose price book had a commit.

    Books of runs before the first day that any target asks for are one: what they have is old.
    """
    books = reader.rows(
        """
        select price_book, min(as_of) as as_of
        from read_parquet($runs)
        where price_book is not null
        group by price_book
        order by as_of
        """,
        {"runs": str(reader.at.folder / "runs.parquet")},
    )
    con = reader.con
    con.execute(
        "create or replace temp table first_seen_commits (commit_id VARCHAR, as_of TIMESTAMPTZ)"
    )
    for book in books:
        path = reader.home / "price_books" / book["price_book"] / "commits.parquet"
        if path.is_file():
            con.execute(
                f"insert into first_seen_commits select commit_id, $1 from "
                f"(select distinct commit_id from read_parquet({literal(path)})) "
                "where commit_id not in (select commit_id from first_seen_commits)",
                [book["as_of"]],
            )
