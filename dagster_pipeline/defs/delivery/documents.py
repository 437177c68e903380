"""Documents of final invoices, in a job of their own that no run waits for (S-78)."""

import dagster as dg

from dagster_pipeline.defs.errors import words_not_traces
from dagster_pipeline.defs.resources import DataDirectory
from meterhouse.common import settings
from meterhouse.documents.errors import DocumentsInProgress
from meterhouse.documents.kept import HELD
from meterhouse.documents.overview import list_documents
from meterhouse.documents.rendering import Rendered, render_documents
from meterhouse.warehouse.clock import machine_clock
from raw_events.common.text import shown, shown_lines

SHOWN = 5


@dg.asset(key=["delivery", "documents"], group_name="delivery", kinds={"python", "delta"})
def rendered_documents(data_directory: DataDirectory) -> dg.MaterializeResult[None]:
    """Documents that are rendered and kept: PDF, spreadsheet, e-invoice.

    It reads publications and the ledger, never the warehouse, so it neither waits for a run nor
    keeps one.
    """
    with words_not_traces():
        try:
            done = render_documents(data_directory.path, settings.seeds(), machine_clock)
        except DocumentsInProgress:
            done = Rendered()
    return dg.MaterializeResult(
        metadata={
            "rendered": done.rendered,
            "held": len(done.held),
            "for example": dg.MetadataValue.text(
                shown_lines("\n".join(f"{id}: {why}" for id, why in [*done.held.items()][:SHOWN]))
            ),
        }
    )


@dg.asset_check(asset=rendered_documents)
def documents_are_rendered(data_directory: DataDirectory) -> dg.AssetCheckResult:
    """No document is held: meterhouse documents list --held."""
    rows, held = list_documents(data_directory.path, HELD, SHOWN)
    return dg.AssetCheckResult(
        passed=not held,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "held": held,
            "for example": ", ".join(shown(row["document_id"]) for row in rows),
        },
    )
