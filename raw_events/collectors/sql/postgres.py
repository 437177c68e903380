"""Up to which instant a PostgreSQL can be read so that no late commit is lost (S-63).

A row that has `now()` carries the start of its transaction, and is seen when that commits, maybe
much later. So a window ends at the latest where the oldest open transaction began: what that
commits lies behind the window. Whatever this session cannot see, it must not assume to be nothing,
so a role that may not look, and a standby, which does not know the transactions of its primary, are
refused unless the collector says `open_transactions: ignore`.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from raw_events.collectors.errors import SourceError
from raw_events.collectors.sql.bound import Bound
from raw_events.collectors.sql.databases import APPLICATION
from raw_events.common.sql import literal

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

# statement_timestamp() is taken before anything is looked at: who begins later has a later now().
_SERVER = """
select statement_timestamp(), pg_is_in_recovery(), pg_last_xact_replay_timestamp(),
    current_user::text, pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')
"""
# Autovacuum and WAL senders write no rows of anybody; nor do these collectors.
_OPEN = """
select pid, coalesce(usename::text, ''), coalesce(application_name, ''), xact_start,
    coalesce(state, '') = 'disabled' as is_blind
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
    and coalesce(backend_type, '') not in ('autovacuum worker', 'walsender')
    and not (
        coalesce(usename, '') = current_user
        and starts_with(coalesce(application_name, ''), '{mine}')
    )
    {and_no_reader}
    and (xact_start is not null or state = 'disabled')
order by is_blind desc, xact_start, pid
limit 1
"""
# Asked for after the open ones: a transaction that is prepared meanwhile was seen there.
_PREPARED = """
select gid, prepared from pg_prepared_xacts where database = current_database()
order by prepared limit 1
"""


def open_until(
    cursor: "Cursor", collector: str, readers: tuple[str, ...], ignore: bool
) -> list[Bound]:
    """The bounds of a window, as of now. `readers`: names of applications that never write.

    Must not be asked inside a transaction: there the server shows what it knew at its beginning.
    Raises SourceError where the server does not tell, unless `ignore`.
    """
    (clock, is_standby, replayed, user, may_look) = _rows(cursor, _SERVER)[0]
    if is_standby:
        if not ignore:
            raise SourceError(
                f"{collector}: this PostgreSQL is a standby. It does not know which transactions "
                "are open on its primary, so a late commit could be lost (S-63). Read from the "
                "primary, or write `open_transactions: ignore` into the collector: then `lag` "
                "alone protects, and must be longer than the longest transaction."
            )
        # What committed up to here is seen; nothing is known of later.
        until = _utc(replayed) if replayed else None
        return [Bound(until, "the standby has replayed up to then", is_clock=True)]
    now = Bound(_utc(clock), "the server's clock is behind", is_clock=True)
    if ignore:
        return [now]
    if not may_look:
        raise SourceError(
            f"{collector}: the role {user} may not see the transactions of others, so a late "
            f"commit could be lost (S-63). Let an administrator say: GRANT pg_read_all_stats TO "
            f'"{user}"; or write `open_transactions: ignore` into the collector: then `lag` alone '
            "protects, and must be longer than the longest transaction."
        )
    no_reader = f"and coalesce(application_name, '') not in ({', '.join(map(literal, readers))})"
    query = _OPEN.format(mine=APPLICATION, and_no_reader=no_reader if readers else "")
    bound: Bound | None = None
    for pid, owner, application, start, is_blind in _rows(cursor, query):
        who = f"process {pid} of {owner or 'nobody'} ({application or 'no application name'})"
        if is_blind:
            raise SourceError(
                f"{collector}: {who} has track_activities off, so nobody sees since when its "
                "transaction is open, and a late commit could be lost (S-63). Set it on, or end "
                "that session."
            )
        bound = Bound(_utc(start), f"the transaction of {who} is open since then")
    for gid, prepared in _rows(cursor, _PREPARED):
        # The server does not say when it began, only when it was prepared.
        bound = Bound(
            None,
            f"the prepared transaction {gid!r} of {_utc(prepared):%Y-%m-%dT%H:%M:%SZ} is neither "
            "committed nor rolled back",
        )
    return [now] if bound is None else [now, bound]


def _rows(cursor: "Cursor", query: str) -> list[tuple[Any, ...]]:
    cursor.execute(query)
    return list(cursor.fetchall())


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
