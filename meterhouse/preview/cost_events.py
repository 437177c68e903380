"""The events of a cost preview: read as landing reads them, and put into the scratch alone."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from meterhouse.common.model_sql import macro_sql
from meterhouse.ledger.sql import one_row
from raw_events.common.budget import memory_fence
from raw_events.common.errors import LandingError
from raw_events.common.source_file import SourceFile
from raw_events.ingest.batch import engine, log_rows
from raw_events.ingest.judging import Judging
from raw_events.ingest.landing import faults_explained
from raw_events.log.event_log import SCHEMA
from raw_events.readers import open_reader
from raw_events.validation.event import reason_sentence

FOREIGN = "other_customer"
# Of these no landing is thought: a question is about what somebody is about to send.
MOST_EVENTS = 1_000_000
SOURCE = "cost preview"

# `{join}` and `{holds}` are filled in (S-9).
_OF_CUSTOMER = """
    select sent.*
    from read_parquet($file) as sent
    {join} join (
        select identities.* from events.customer_identities as identities
        inner join inputs.run as run using (price_book)
        where identities.customer_id = $customer
    ) as identities
        on sent.customer_id = identities.sent_id and {holds}
"""
# What came before of others does not matter to a customer, nor may it be seen (S-77).
_FORGET_OTHERS = """
    delete from events.landed_events as earlier
    where transaction_digest in (select {digest} from read_parquet($file) as sent)
        and customer_id not in (
            select sent_id from events.customer_identities where customer_id = $customer
        )
"""


@dataclass(frozen=True)
class Read:
    """`rejected`: row, transaction_id, code and reason; the others are in `file`, if any are left.

    In the file `position` is the row: the line, or the record of a CSV or Parquet file, from 1.
    """

    file: Path | None
    rejected: list[dict[str, Any]]
    notes: list[str]


def read_events(scratch: Path, path: Path, as_of: datetime) -> Read:
    """Validate the events of a file as received at `as_of` (S-5 to S-7, S-64).

    Raises LandingError if the file as a whole cannot be read.
    """
    judging, file = Judging(scratch), scratch / "sent.parquet"
    rejected: list[dict[str, Any]] = []
    accepted = 0
    with (
        memory_fence(),
        faults_explained(path),
        engine() as con,
        pq.ParquetWriter(file, SCHEMA) as writing,
    ):
        reader = open_reader(SourceFile(path))
        for chunk in reader.chunks(con, as_of):
            validated = judging.chunk(con, chunk).validated
            is_rejected = pc.is_valid(validated["reason"])
            rejected += [_fault(row) for row in validated.filter(is_rejected).to_pylist()]
            events = validated.filter(pc.invert(is_rejected))
            accepted += len(events)
            if accepted > MOST_EVENTS:
                raise LandingError(f"{path} has more than {MOST_EVENTS:,} events: ask about fewer.")
            writing.write_table(_at_their_rows(events, as_of))
    return Read(file if accepted else None, rejected, [*reader.notes, *judging.sentences()])


def of_customer(con: duckdb.DuckDBPyConnection, found: Read, customer: str) -> Read:
    """What of it is that customer's on its day, by id or alias (S-9); the rest is rejected.

    Whose the rest is, is not said. Earlier events of others with the same ids leave the scratch.
    """
    if found.file is None:
        return found
    asked: dict[str, Any] = {"file": str(found.file), "customer": customer}
    holds = macro_sql("holds_on('identities', 'sent.timestamp::date')")
    others = con.sql(_OF_CUSTOMER.format(join="anti", holds=holds), params=asked)
    foreign = [_foreign(row, customer) for row in others.to_arrow_table().to_pylist()]
    rejected = sorted([*found.rejected, *foreign], key=lambda one: one["row"])
    own = found.file.with_name("own.parquet")
    con.execute(
        f"copy ({_OF_CUSTOMER.format(join='semi', holds=holds)} order by position) "
        f"to '{own}' (format parquet)",
        asked,
    )
    digest = macro_sql("transaction_digest('sent')")
    con.execute(_FORGET_OTHERS.format(digest=digest), asked)
    left = pq.read_metadata(own).num_rows
    return Read(own if left else None, rejected, found.notes)


def put_into_log(con: duckdb.DuckDBPyConnection, file: Path) -> int:
    """The next version of the scratch's log is this file; which version that is."""
    version, as_of = one_row(con, "select log_version + 1, as_of from inputs.run")
    rows = pq.read_metadata(file).num_rows
    con.execute(
        "insert into inputs.log_files values (?, ?, ?, '', ?, ?)",
        [version, str(file), rows, as_of, SOURCE],
    )
    con.execute("update inputs.run set log_version = ?", [version])
    return int(version)


def _at_their_rows(events: pa.Table, as_of: datetime) -> pa.Table:
    rows = log_rows(events, SOURCE, as_of, 0)
    place = rows.schema.get_field_index("position")
    numbers = events["line_number"].cast(pa.int64())
    return rows.set_column(place, rows.schema.field("position"), numbers)


def _fault(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "row": row["line_number"],
        "transaction_id": row["transaction_id"],
        "code": row["reason"],
        "reason": reason_sentence(row["reason"], row["detail"]),
    }


def _foreign(row: dict[str, Any], customer: str) -> dict[str, Any]:
    return {
        "row": row["position"],
        "transaction_id": row["transaction_id"],
        "code": FOREIGN,
        "reason": f"customer_id is neither {customer} nor an alias of it on that day (S-9).",
    }
