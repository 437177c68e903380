"""One data directory and three steps in time for all scenarios, through the real commands."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from meterhouse.payments.log import Payments
from tests.golden.merge import (
    SCENARIOS,
    paid,
    taken_back,
    write_events,
    write_export,
    write_price_book,
)
from tests.golden.pipeline import EXPORT_LANDS, LANDS, STEPS, WITHOUT_PANDAS, Table, meterhouse

MARTS = (
    "invoices",
    "invoice_lines",
    "invoice_line_breakdowns",
    "spend_daily",
    "unrated_usage",
    "bad_quantities",
    "commit_balances",
    "commit_ledger",
    "commit_applications",
    "commit_burndown",
    "ignored_changes",
    "alert_events",
    "alert_states",
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data directory is, in `home`."""
    return tmp_path_factory.mktemp("golden")


@pytest.fixture(scope="session")
def published(folder: Path) -> dict[tuple[str, str], Table]:
    """(step, mart) → columns and rows of the mart as that step published it."""
    (folder / "seeds").mkdir()
    tables = {}
    done: list[str] = []
    for step, as_of in STEPS.items():
        done.append(step)
        write_price_book(folder / "seeds", steps=done)
        script = WITHOUT_PANDAS if step == "draft" else None
        if ids := taken_back(step):
            meterhouse(folder, "retract", *ids, "--reason", "a mistake", "--as-of", as_of)
        # scenarios that run alone may have none
        if step == EXPORT_LANDS and write_export(folder / "export.csv"):
            meterhouse(folder, "ingest", "--as-of", as_of, str(folder / "export.csv"))
        if step in LANDS:
            file = folder / LANDS[step]
            write_events(file, LANDS[step])
            # Of some scenarios alone (SCENARIO=…) there may be none.
            if file.stat().st_size:
                meterhouse(folder, "ingest", "--as-of", as_of, str(file), script=script)
        record_payments(folder / "home", step, datetime.fromisoformat(as_of))
        meterhouse(folder, "run", "--as-of", as_of, script=script)
        for mart in MARTS:
            found = duckdb.sql(f"select * from '{folder}/home/marts/{mart}.parquet'")
            tables[step, mart] = (found.columns, found.fetchall())
    return tables


def record_payments(home: Path, step: str, as_of: datetime) -> None:
    """Append to the log of payments what was known before the run of a step (S-72)."""
    rows = [
        {
            **{name: row.get(name) or None for name in ("event_type", "withdraws")},
            **{name: Decimal(row[name]) for name in ("amount", "given_back") if row.get(name)},
            "provider": row.get("provider") or "test",
            "event_id": row.get("event") or f"{step}.{number}", "status": row["status"],
            "invoice_id": row["invoice_id"],
            "occurred_at": datetime.fromisoformat(row["occurred_at"]),
        }
        for number, row in enumerate(paid(step))
    ]  # fmt: skip
    Payments(home).append(rows, lambda: as_of)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per scenario, step and expected file."""
    if "expected" in metafunc.fixturenames:
        files = [file for path in SCENARIOS for file in sorted(path.glob("expected/*/*.csv"))]
        labels = [f"{file.parts[-4]}-{file.parts[-2]}-{file.stem}" for file in files]
        metafunc.parametrize("expected", files, ids=labels)
