"""Rebuilding final invoices from the log, in a scratch warehouse (S-47).

For every finalization that is asked for: log, ledger and price books as they were then, the clock
of then, the same dbt models; what is due must be what the ledger has, byte for byte. Finalizations
are rebuilt in their order in one warehouse, so each reads only what came in since the one before.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from meterhouse.common.code_version import code_version
from meterhouse.common.errors import DbtBuildError
from meterhouse.common.settings import data_directory
from meterhouse.dbt.hold import build_holding
from meterhouse.dbt.project import parsed_project
from meterhouse.ledger.chain import document_sql
from meterhouse.ledger.columns import Fields
from meterhouse.ledger.finalize import due_documents
from meterhouse.ledger.schema import HAND_OVER, row_fields
from meterhouse.ledger.sql import parquet_columns
from meterhouse.ledger.store import Ledger
from meterhouse.verify.compare import differences
from meterhouse.verify.ledger import LedgerProblem
from meterhouse.warehouse.database import open_warehouse
from meterhouse.warehouse.held import Hold, held, hold_as_then
from meterhouse.warehouse.inputs import Inputs, pin_inputs
from raw_events.common.sql import literal

# The models that the ledger reads, and all that they are made of.
HANDED_OVER = [f"+{relation.split('.')[1]}" for relation in HAND_OVER]


@dataclass(frozen=True)
class Finalization:
    """One entry of the ledger that made invoices final.

    `documents`: invoice id → its document, of the columns `fields` that its release wrote.
    """

    version: int
    inputs: Inputs
    last_sequence_before: int
    documents: dict[str, str]
    fields: Fields
    held: tuple[str, ...] = ()


def finalizations(home: Path, versions: Sequence[int]) -> Iterator[Finalization]:
    """The finalizations among these ledger versions, in order; voids are none."""
    ledger = Ledger(home)
    for version in sorted(set(versions)):
        entry = ledger.entry(version)
        if not entry.path or entry.as_of is None:
            continue
        with duckdb.connect() as con:
            con.execute("set TimeZone = 'UTC'")
            fields = row_fields(parquet_columns(con, ledger.root / entry.path))
            rows = con.execute(
                f"select invoice_id, {document_sql('stored', fields)}, log_version, price_book, "
                f"code_version from read_parquet({literal(ledger.root / entry.path)}) as stored "
                "where event = 'finalized' order by sequence"
            ).fetchall()
        if not rows:
            continue
        _, _, log_version, price_book, code = rows[0]
        yield Finalization(
            version,
            Inputs(entry.as_of, log_version, price_book, version - 1, code, entry.payments_version),
            entry.last_sequence - entry.rows,
            {invoice_id: document for invoice_id, document, *_ in rows},
            fields,
            entry.held,
        )


def rebuild(
    home: Path,
    versions: Sequence[int],
    on_done: Callable[[Finalization], None] = lambda finalization: None,
) -> list[LedgerProblem]:
    """Rebuild the finalizations of these ledger versions; what differs, invoice by invoice.

    Only reads `home`. The scratch warehouse is as large as the one of `home`, under TMPDIR. Raises
    DbtBuildError if the models cannot be computed.
    """
    problems = []
    with tempfile.TemporaryDirectory(prefix="meterhouse-verify-") as scratch:
        for finalization in finalizations(home, versions):
            problems += _rebuild_one(home, Path(scratch), finalization)
            on_done(finalization)
    return problems


def _rebuild_one(home: Path, scratch: Path, finalization: Finalization) -> list[LedgerProblem]:
    with open_warehouse(scratch) as con:
        pin_inputs(con, home, finalization.inputs)
        hold_as_then(con, finalization.held)
    with data_directory(scratch):
        build = build_holding(parsed_project(), scratch, HANDED_OVER, tests=False)
    if build.error:
        raise DbtBuildError(
            f"The invoices of ledger version {finalization.version} could not be rebuilt: "
            f"{build.error}"
        )
    with open_warehouse(scratch) as con:
        held_now = {one.contract_id: one for one in held(con)}
        rebuilt = due_documents(
            con,
            finalization.last_sequence_before,
            finalization.inputs.as_of,
            finalization.fields,
        )
    return _compare(finalization, rebuilt, held_now)


def _compare(
    finalization: Finalization, rebuilt: dict[str, str], held_now: Mapping[str, Hold]
) -> list[LedgerProblem]:
    problems: list[tuple[str, str]] = []
    made_by = finalization.inputs.code_version
    for invoice_id, document in finalization.documents.items():
        if invoice_id not in rebuilt:
            hold = held_now.get(json.loads(document)["contract_id"])
            what = (
                f"cannot be rebuilt, its contract is held here, as it was not then: {hold}"
                if hold
                else "is final, but log and price book do not make it due"
            )
            problems.append((invoice_id, what))
            continue
        problems += [(invoice_id, what) for what in differences(document, rebuilt[invoice_id])]
    for invoice_id in sorted(rebuilt.keys() - finalization.documents.keys()):
        problems.append((invoice_id, "was due as well, but did not become final"))
    if problems and made_by != code_version():
        what = f"this code is {code_version()}; verify with {made_by}, which made these invoices"
        problems.append((f"of ledger version {finalization.version}", what))
    return [LedgerProblem(f"invoice {where}", what) for where, what in problems]
