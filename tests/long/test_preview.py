"""`meterhouse preview` and `meterhouse metric` over final and open invoices.

Guards against a preview that touches what it only asks about, that forgets what one invoice does to
the next through a balance (S-38), and that computes with other SQL than a run.
"""

from decimal import Decimal
from pathlib import Path

import pytest

from meterhouse.preview.cumulative_usage import cumulative_usage
from meterhouse.preview.errors import NothingToPreview
from meterhouse.preview.preview import Preview, preview
from meterhouse.preview.question import Question, parse_month
from meterhouse.price_book import PriceBookError
from tests.long.checkout import run
from tests.long.preview_case import AS_OF, SEEDS, digests, write_events, write_seeds

VERSION_2 = Question("llm_tokens", 2)
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory after a run."""
    seeds = write_seeds(tmp_path / "seeds")
    folder = tmp_path / "home"
    monkeypatch.setenv("METERHOUSE_HOME", str(folder))
    monkeypatch.setenv("METERHOUSE_SEEDS", str(seeds))
    events = write_events(tmp_path / "usage.ndjson")
    cli = "meterhouse.cli"
    run(PROJECT, cli, "ingest", "--as-of", AS_OF, str(events), home=folder, seeds=seeds)
    run(PROJECT, cli, "run", "--as-of", AS_OF, home=folder, seeds=seeds)
    return folder


def totals(found: Preview) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """(invoice id, status) → (now, preview)."""
    sums: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for line in found.lines.to_pylist():
        key = (line["invoice_id"], line["status"])
        now, then = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (now + line["amount_now"], then + line["amount_preview"])
    return sums


def test_previews_answer_and_touch_nothing(home: Path, tmp_path: Path):
    before = digests(home)

    everything = preview(home, VERSION_2)
    assert totals(everything) == {
        ("acme-1.usage.2026-01-01", "finalized"): (Decimal(8), Decimal(11)),
        ("acme-1.usage.2026-02-01", "draft"): (Decimal("1.5"), Decimal(3)),
        # The credit covers 1.50 of January now, and would cover 2.00 of 3.00.
        ("beta-1.usage.2026-01-01", "finalized"): (Decimal(0), Decimal(1)),
        ("beta-1.usage.2026-02-01", "draft"): (Decimal(1), Decimal(3)),
    }
    [first, *_] = everything.lines.to_pylist()
    assert first["difference"] == 3 and first["quantity_preview"] == 600
    assert (first["metric_now"], first["metric_preview"]) == ("llm_tokens v1", "llm_tokens v2")
    # What does not use the metric comes out of the scratch as it is invoiced.
    calls = [line for line in everything.lines.to_pylist() if line["product_id"] == "calls"]
    assert [(line["amount_now"], line["amount_preview"]) for line in calls] == [(5, 5)]
    changes = [row["difference"] for row in everything.customers.to_pylist()]
    assert changes == [Decimal("4.5"), Decimal(3)]

    # Only February: January keeps what the credit paid there.
    february = preview(
        home, Question("llm_tokens", 2, month=parse_month("2026-02"), customer="beta")
    )
    assert totals(february) == {("beta-1.usage.2026-02-01", "draft"): (Decimal(1), Decimal("2.5"))}

    dearer = write_seeds(tmp_path / "dearer", rates=SEEDS["rates"].replace("0.01", "0.02"))
    prices = preview(home, Question(seeds=dearer, customer="acme"))
    assert totals(prices) == {
        ("acme-1.usage.2026-01-01", "finalized"): (Decimal(8), Decimal(11)),
        ("acme-1.usage.2026-02-01", "draft"): (Decimal("1.5"), Decimal(3)),
    }

    values = cumulative_usage(home, "llm_tokens", 2, "acme", parse_month("2026-01"), limit=1)
    days = {row["day"].day: row["running_value"] for row in values.days}
    assert days == dict.fromkeys(range(15, 32), 600)
    [event] = values.events
    assert values.total == 2 and event["quantity"] == 300
    # One that the price book does not use at all.
    unused = cumulative_usage(home, "active_users", None, "acme", parse_month("2026-01"), limit=0)
    assert unused.total == 5 and {row["running_value"] for row in unused.days} == {0}

    what_is_carried(home)
    refusals(home, tmp_path)
    assert digests(home) == before


def what_is_carried(home: Path) -> None:
    """S-56: from version 1 to 2 of the latest value, what was stored before the period counts."""
    carried = preview(home, Question("storage_gb_latest", 2))
    assert totals(carried) == {("quiet-2.usage.2026-02-01", "draft"): (Decimal(0), Decimal(7))}
    february = parse_month("2026-02")
    for metric in ("storage_gb_latest", "storage_gb_time_avg"):
        values = cumulative_usage(home, metric, 2, "quiet", february, limit=5)
        assert {row["running_value"] for row in values.days} == {7} and len(values.days) == 10
        assert [(row["transaction_id"], row["timestamp"].day) for row in values.carried] == [
            ("quiet-storage_sample-2026-01-15-0", 15)
        ]
        assert values.total == 0
    before = cumulative_usage(home, "storage_gb_latest", 1, "quiet", february, limit=5)
    assert not before.days and not before.carried


def refusals(home: Path, tmp_path: Path) -> None:
    """What cannot be previewed is said in words."""
    for question, said in {
        Question("llm_tokens", 9): "has no version 9; it has 1, 2",
        Question("llm_tokenz", 1): "There is no metric llm_tokenz. There are: active_users",
        Question("peak_connections", 1): "No product points at peak_connections",
        Question("llm_tokens", 2, customer="gamma"): "No billing period of customer gamma",
        Question("llm_tokens", 2, month=parse_month("2025-12")): "has begun in 2025-12",
    }.items():
        with pytest.raises(NothingToPreview) as refused:
            preview(home, question)
        assert said in str(refused.value)
    wrong = write_seeds(tmp_path / "wrong", rates=SEEDS["rates"].replace("0.01", "-1"))
    with pytest.raises(PriceBookError, match=r"rates\.csv"):
        preview(home, Question(seeds=wrong))
    with pytest.raises(NothingToPreview, match=r"no customer akme .* nearest are: acme"):
        cumulative_usage(home, "llm_tokens", 1, "akme", parse_month("2026-01"), limit=1)
    with pytest.raises(NothingToPreview, match="no warehouse"):
        preview(tmp_path, VERSION_2)
