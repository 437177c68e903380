"""The warehouse of a run: price book and inputs go in, models compute drafts and marts."""

from collections.abc import Iterator
from functools import partial

import dagster as dg
from pydantic import Field

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import Clock, Warehouse
from dagster_pipeline.defs.warehouse.building import POOL, dbt_project, tell
from dagster_pipeline.defs.warehouse.keys import BUILT, INPUTS
from meterhouse.common.instants import instant_text
from meterhouse.run.models import build_all
from meterhouse.run.prepare import ready_book, ready_inputs
from meterhouse.run.publish import say_nothing_new
from raw_events.common.text import shown_lines

PRICE_BOOK = dg.AssetKey(["price_book", "frozen"])
# In the metadata of the inputs: whether what was published before is still right.
STANDS = "published before, still right"


class RunConfig(dg.Config):
    """What can be asked of a run."""

    again: bool = Field(
        default=False, description="Compute and publish also when nothing is new since the last run"
    )
    confirm_periods: list[str] = Field(
        default=[],
        description="Contracts that may make more than 1,200 billing periods at once (S-52)",
    )


# Two assets of one step: the inputs are always those of the book that was frozen just before.
@dg.multi_asset(
    name="inputs",
    specs=[
        dg.AssetSpec(
            PRICE_BOOK,
            group_name="price_book",
            kinds={"python", "csv"},
            description="The price book, checked as a whole (S-46), frozen under its digest.",
        ),
        dg.AssetSpec(
            INPUTS,
            group_name="inputs",
            kinds={"python", "duckdb"},
            deps=[dg.AssetKey(["events", "raw_events"]), PRICE_BOOK],
            description="Clock, log files, price book and ledger of this run, as typed tables: "
            "the sources of dbt.",
        ),
    ],
    pool=POOL,
)
def inputs(
    config: RunConfig, clock: Clock, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult[None]]:
    """Check and freeze the price book, and hand this run's inputs to the warehouse."""
    with words_not_traces():
        as_of, book = ready_book(warehouse.path, clock, config.confirm_periods)
    yield dg.MaterializeResult(
        asset_key=PRICE_BOOK,
        metadata={
            "digest": book.frozen.digest,
            "path": dg.MetadataValue.path(book.frozen.path),
            "warnings": book.warnings,
            "rows that mislead": dg.MetadataValue.text(shown_lines("\n".join(book.lines))),
        },
    )
    with words_not_traces():
        ready = ready_inputs(warehouse.path, clock, as_of, book, config.again)
    warehouse.hand_over(ready)
    yield dg.MaterializeResult(
        asset_key=INPUTS,
        metadata={
            "as_of": instant_text(ready.as_of),
            STANDS: ready.up_to_date_since is not None,
            "log version": ready.log_version,
            "new batches": ready.new_batches,
            "new events": ready.new_events,
        },
    )


# A step of its own with one output: an output each for 169 models costs more than building them.
@dg.multi_asset(
    name="models",
    specs=[
        dg.AssetSpec(
            BUILT,
            deps=[INPUTS],
            group_name="models",
            kinds={"dbt", "duckdb"},
            description="All models and their tests, in one build: each shows in the catalogue.",
            skippable=True,
        )
    ],
    pool=POOL,
)
def models(
    context: dg.AssetExecutionContext, warehouse: Warehouse
) -> Iterator[dg.MaterializeResult[None]]:
    """From events to drafts, to the invoices that are due, and to what people read.

    One build, so that every test of it, of the marts too, is passed before an invoice is final.
    Nothing, and then nothing after it, if what the last run published still stands.
    """
    ready = warehouse.inputs
    if ready and ready.up_to_date_since:
        say_nothing_new(warehouse.path, ready.up_to_date_since)
        return
    with words_not_traces():
        build = build_all(warehouse.path, dbt_project(), partial(tell, context))
    yield dg.MaterializeResult(asset_key=BUILT, metadata=build.counts())
