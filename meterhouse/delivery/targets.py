"""Where messages go, as the price book of what is published names it."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

import duckdb

from meterhouse.price_book.freeze import read_frozen
from meterhouse.server.reading.reader import Reader

_TABLE = (
    "target VARCHAR, endpoint_id VARCHAR, url VARCHAR, event_types VARCHAR[], customer_id VARCHAR, "
    "disabled BOOLEAN, starting_on DATE"
)


@dataclass(frozen=True)
class Target:
    """A webhook endpoint (`target` is webhook:<endpoint_id>), addresses of mail
    (mail:<endpoint_id>, `url` is mailto:…), or a billing provider (provider:<name>, with the name
    as `endpoint_id` and no `url`)."""

    target: str
    endpoint_id: str
    url: str
    event_types: list[str]
    customer_id: str | None
    disabled: bool
    starting_on: date


def targets_of(reader: Reader) -> list[Target]:
    """The endpoints of the publication's price book, by their names.

    A book that was frozen before there was the table has none.
    """
    if "webhook_endpoints" not in read_frozen(reader.home, reader.at.price_book).tables:
        return []
    rows = reader.rows(
        """
        select
            case when starts_with(url, 'mailto:') then 'mail:' else 'webhook:' end || endpoint_id
                as target,
            endpoint_id, url, event_types, customer_id,
            coalesce(disabled, false) as disabled, starting_on
        from {book.webhook_endpoints}
        order by endpoint_id
        """
    )
    return [Target(**row) for row in rows]


def register_targets(con: duckdb.DuckDBPyConnection, targets: Sequence[Target]) -> None:
    """The table `targets` that the queries of states.py read."""
    con.execute(f"create or replace temp table targets ({_TABLE})")
    for target in targets:
        con.execute("insert into targets values (?, ?, ?, ?, ?, ?, ?)", list(astuple(target)))
