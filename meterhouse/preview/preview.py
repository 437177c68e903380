"""A preview from question to answer."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from meterhouse.common.progress import stage
from meterhouse.dbt.project import parsed_project
from meterhouse.ledger.sql import one_row
from meterhouse.preview.compare import compare, comparison
from meterhouse.preview.drafts import DRAFTS, LEFT_OUT, build_in, unneeded_metrics
from meterhouse.preview.errors import NothingToPreview
from meterhouse.preview.price_books import check_metric, use_price_book, write_edited_book
from meterhouse.preview.question import Question
from meterhouse.preview.reopen import remember_now, reopen, since
from meterhouse.preview.scratch import copy_warehouse, scratch_home
from meterhouse.warehouse.database import open_warehouse, table_exists
from meterhouse.warehouse.layout import check_layout


@dataclass(frozen=True)
class Preview:
    """The answer: `totals` per status and currency, `customers` and `lines`, largest changes first.

    `as_of`: the moment of the run that it compares with; `notes`: what else to know, in sentences.
    """

    question: Question
    as_of: datetime
    totals: pa.Table
    customers: pa.Table
    lines: pa.Table
    notes: list[str]


def preview(home: Path, question: Question) -> Preview:
    """What invoices would have been (final ones) and will be (drafts). Only reads `home`.

    Raises NothingToPreview, PriceBookError if the edited book is not valid, PreviewFailed if the
    models fail, DbtProjectError if they do not parse.
    """
    tried = question.metric_version
    if tried:
        check_metric(*tried)
    project = parsed_project()
    with scratch_home(home) as scratch:
        with stage("scratch copy"):
            copy_warehouse(home, scratch)
        with stage("price book") as counts, open_warehouse(scratch) as con:
            if not table_exists(con, "marts", "invoice_lines"):
                raise NothingToPreview("No run has ended yet: meterhouse run")
            check_layout(con)
            first_day = since(con, question)
            folder = question.seeds or scratch / "seeds"
            if tried:
                write_edited_book(con, home, folder, *tried, first_day)
            remember_now(con, question)
            notes = _notes(con)
            counts["digest"] = use_price_book(con, home, scratch, folder)[:12]
            reopen(con, question, first_day)
            unneeded = unneeded_metrics(con)
        build_in(scratch, project, list(DRAFTS), [*LEFT_OUT, *unneeded], tests=False)
        with open_warehouse(scratch) as con:
            compare(con, question)
            [as_of] = one_row(con, "select as_of from inputs.run")
            return Preview(question, as_of, **comparison(con), notes=notes)


def _notes(con: duckdb.DuckDBPyConnection) -> list[str]:
    edited, late = one_row(
        con,
        "select count(distinct invoice_id) filter (where finals.status = 'finalized' and "
        "finals.price_book <> (select price_book from inputs.run)), "
        "count(distinct lines.corrects_invoice_id) "
        "from preview.invoices_now as invoices left join ledger.invoices as finals "
        "using (invoice_id) left join preview.lines_now as lines using (invoice_id)",
    )
    amounts = con.execute(
        "select sum(amount)::decimal(20, 4), pricing_unit from preview.lines_now "
        "where corrects_invoice_id is not null group by pricing_unit order by pricing_unit"
    ).fetchall()
    notes = []
    if edited:
        notes.append(
            f"{edited} of these invoices became final with an earlier price book. The preview "
            "rates them with the current one: a difference may also come from an edit since."
        )
    if late:
        billed = ", ".join(f"{amount:,} {unit}" for amount, unit in amounts)
        notes.append(
            f"Late usage of {late} of these invoices was billed on later ones, where it stands now "
            f"({billed} in all). The preview meters it where it belongs: by as much the one gains "
            "and the other loses. What was billed in two lines was rounded twice."
        )
    return notes
