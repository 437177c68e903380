"""Who reads tables of all contracts, and of those that a run computes (decision 0385).

Guards against a mart that loses the contracts that nothing happened to, and against a model that
computes rows of contracts that the run does not replace.
"""

import re

from meterhouse.common.settings import DBT_PROJECT, PROJECT
from tests.project.tables_of_contracts import LAYERS, MODELS, OF_ALL, OF_SOME, read_by

# Python that reads a table of the computed contracts alone, and why it may.
READERS = {
    # what becomes final, which is computed in the same run
    ("meterhouse/ledger/due.py", "invoices.due_invoices"),
    ("meterhouse/ledger/due.py", "rating.unrated_slices"),
    ("meterhouse/ledger/finalize.py", "invoices.due_invoices"),
    ("meterhouse/ledger/schema.py", "invoices.due_invoices"),
    ("meterhouse/ledger/schema.py", "rating.unrated_slices"),
    ("meterhouse/warehouse/kept_run.py", "invoices.due_invoices"),
    ("meterhouse/warehouse/log_files.py", "invoices.due_invoices"),
    # a contract that cannot be computed is one that is
    ("meterhouse/dbt/hold.py", "calendar.product_segments"),
    # what the run found and cost, of what it computed
    ("meterhouse/warehouse/stored_values.py", "calendar.altered_windows"),
    ("meterhouse/warehouse/run_costs.py", "calendar.due_windows"),
    ("meterhouse/warehouse/run_costs.py", "calendar.metric_windows"),
    ("meterhouse/warehouse/usage_parts.py", "calendar.due_windows"),
    # a copy in which all contracts that it has are computed
    ("meterhouse/preview/windows.py", "calendar.due_windows"),
    ("meterhouse/preview/windows.py", "calendar.due_window_days"),
    ("meterhouse/forecast/periods.py", "usage.cumulative_usage"),
    ("meterhouse/forecast/quantities.py", "usage.cumulative_usage"),
    ("meterhouse/forecast/quantities.py", "calendar.evaluation_dates"),
    ("meterhouse/forecast/records.py", "calendar.product_segments"),
}


def test_a_table_of_all_contracts_is_read_narrowed():
    """Else a run would compute rows of contracts that it does not replace. Views are of all."""
    models = [
        model.path
        for model in MODELS.values()
        if model.layer in (*LAYERS, "marts") and model.kept != "view"
    ]
    assert len(OF_ALL) > 10
    for path in (*DBT_PROJECT.glob("tests/invariants/*.sql"), *models):
        sql = path.read_text("utf-8").replace("to_rate(ref(", "")
        wide = re.findall(r"ref\('(" + "|".join(OF_ALL) + r")'", sql)
        assert not wide, f"{path.name}: read {wide} as to_rate(ref(…))"


def test_what_is_of_all_contracts_reads_no_table_of_some():
    """A mart that is not kept `by_contract` would lose the contracts that are not computed."""
    assert len(OF_SOME) > 50
    others = [name for name, model in MODELS.items() if model.layer not in (*LAYERS, "events")]
    assert len(others) > 10
    for name in others:
        if MODELS[name].kept != "by_contract":
            found = read_by(name) & OF_SOME
            assert not found, (
                f"{name} is of all contracts, {sorted(found)} of those that a run computes: "
                "materialize one of them by_contract"
            )


def test_python_reads_tables_of_some_contracts_only_where_it_may():
    """What is said of a contract that the run did not compute would be missing there."""
    tables = {f"{MODELS[name].layer}.{name}" for name in OF_SOME}
    found = set()
    for package in ("raw_events", "meterhouse", "dagster_pipeline"):
        for path in (PROJECT / package).rglob("*.py"):
            named = set(re.findall(r"\b[a-z]+\.[a-z_]+\b", path.read_text("utf-8"))) & tables
            found |= {(path.relative_to(PROJECT).as_posix(), table) for table in named}
    assert found == READERS
