"""What events would cost is the draft with them landed less the draft before, whatever they are.

Guards against a preview with an arithmetic of its own. Whole runs over all golden
scenarios: minutes.
"""

import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from meterhouse.preview.cost import cost
from raw_events.ingest.landing import land_file
from tests.long.company import succeed
from tests.long.cost_case import differences, write_events
from tests.long.small_runs import History

ROUNDS = int(os.environ.get("METERHOUSE_COSTS", "3"))


def final(home: Path) -> set[str]:
    """The ids of invoices that are final or void."""
    query = f"select invoice_id from '{home}/marts/invoices.parquet' where status <> 'draft'"
    return {invoice for (invoice,) in duckdb.sql(query).fetchall()}


def drafts(home: Path, but: set[str]) -> dict[str, dict[tuple[Any, ...], Decimal]]:
    """Totals of invoices `but` those, their lines by what tells them, what is left of balances.

    What a threshold buys is final in the run that drafts it (S-58).
    """
    queries = {
        "totals": "select invoice_id, sum(total) from '{}/invoices.parquet' group by all",
        "lines": "select invoice_id, line_type, product_id, pricing_group, tier, commit_id, "
        "segment, pricing_unit, sum(amount) from '{}/invoice_lines.parquet' group by all",
        "balances": "select commit_id, segment, sum(remaining) from '{}/commit_balances.parquet' "
        "group by all",
    }
    found = {}
    for name, query in queries.items():
        rows = duckdb.sql(query.format(home / "marts")).fetchall()
        found[name] = {tuple(key): amount for *key, amount in rows if key[0] not in but}
    return found


def changes(before: dict[Any, Decimal], after: dict[Any, Decimal]) -> dict[Any, Decimal]:
    return {
        key: after.get(key, Decimal(0)) - before.get(key, Decimal(0))
        for key in before.keys() | after.keys()
        if after.get(key, Decimal(0)) != before.get(key, Decimal(0))
    }


@pytest.mark.parametrize("seed", [11])
def test_the_cost_of_events_is_the_draft_with_them_landed_less_the_draft_before(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
):
    """All golden scenarios: tiers, commits, limits, thresholds, late usage, carried events."""
    history = History(tmp_path, seed)
    home, seeds = history.home, history.seeds
    monkeypatch.setenv("METERHOUSE_HOME", str(home))
    monkeypatch.setenv("METERHOUSE_SEEDS", str(seeds))
    # Late enough that January is final: some of the events are late.
    history.now += timedelta(days=1)

    def run() -> None:
        succeed(home, "run", "--as-of", history.now.isoformat(), seeds=seeds)

    run()
    run()
    for number in range(ROUNDS):
        sent: list[Any] = []
        monkeypatch.setattr(history, "_land", sent.extend)
        for _ in range(25):
            history.land()
            history.files += 1
        file = write_events(tmp_path / f"asked-{number}.ndjson", sent)
        was_final = final(home)
        before, found = drafts(home, was_final), cost(home, file)
        land_file(home, file, None, history.now)
        run()
        after = drafts(home, was_final)
        totals = {key: by for key, by in differences(found.invoices, "invoice_id").items() if by}
        assert totals == changes(before["totals"], after["totals"])
        keys = (
            *("invoice_id", "line_type", "product_id", "pricing_group", "tier", "commit_id"),
            *("segment", "pricing_unit"),
        )
        lines = {key: by for key, by in differences(found.lines, *keys).items() if by}
        assert lines == changes(before["lines"], after["lines"])
        assert len(lines) > 5
        balances = differences(found.balances, "commit_id", "segment")
        assert balances == changes(before["balances"], after["balances"])
        history.now += timedelta(minutes=5)
        run()
