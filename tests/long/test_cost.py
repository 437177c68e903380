"""What events would cost is what a run drafts when they are landed, and nothing is landed for it.

Guards against arithmetic of its own, an event that counts although landing would refuse it, another
customer's events in an answer, and a preview that leaves something behind. Whole runs: minutes.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from meterhouse.preview.cost import Cost, cost
from meterhouse.preview.errors import NothingToPreview
from meterhouse.server.tokens import new_token
from tests.integration.server.running import Server, serving
from tests.long.company import meterhouse, succeed
from tests.long.cost_case import (
    AS_OF,
    LANDED,
    differences,
    event,
    tokens,
    write_events,
    write_seeds,
)
from tests.long.preview_case import digests


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data directory after a run, which this process finds as well."""
    folder = tmp_path_factory.mktemp("cost")
    seeds, home = write_seeds(folder / "seeds"), folder / "home"
    sent = write_events(folder / "landed.ndjson", LANDED)
    succeed(home, "ingest", "--as-of", AS_OF, str(sent), seeds=seeds)
    succeed(home, "run", "--as-of", AS_OF, seeds=seeds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("METERHOUSE_HOME", str(home))
        patch.setenv("METERHOUSE_SEEDS", str(seeds))
        yield home


def asked(home: Path, *events: Any, **options: str) -> Cost:
    return cost(home, write_events(home.parent / "asked.ndjson", list(events)), **options)


def outcomes(found: Cost) -> dict[int, str]:
    """Row → what became of it, rejected ones too."""
    return {row["row"]: row["outcome"] for row in found.events} | {
        row["row"]: row["code"] for row in found.rejected
    }


def test_a_tier_is_crossed_and_a_balance_runs_out_and_nothing_is_landed(home: Path):
    """900 tokens cost 18.00, which the credit pays: 12.00 of it is left. 400 more tokens:

    tier 1: 1,000 × 0.02 = 20.00, 2.00 more; tier 2: 300 × 0.015 + 10 = 14.50, all of it more;
    so 16.50 more, of which the credit pays its last 12.00. The draft was 0.00 and would be 4.50.
    """
    before = digests(home)
    found = asked(home, tokens("a", 300), tokens("b", 100, customer="acme-eu"))
    [draft] = found.invoices
    assert (draft["subtotal_before"], draft["subtotal_after"]) == (18, Decimal("34.5"))
    assert (draft["paid_by_balances_before"], draft["paid_by_balances_after"]) == (18, 30)
    assert (draft["total_before"], draft["total_after"]) == (0, Decimal("4.5"))
    assert draft["difference"] == Decimal("4.5")
    lines = {(row["line_type"], row["tier"]): row for row in found.lines}
    assert {key: row["difference"] for key, row in lines.items()} == {
        ("usage", 1): 2,
        ("usage", 2): Decimal("14.5"),
        ("commit_applied", None): -12,
    }
    assert (lines["usage", 1]["quantity_before"], lines["usage", 1]["quantity_after"]) == (
        900,
        1000,
    )
    assert (lines["usage", 2]["amount_before"], lines["usage", 2]["amount_after"]) == (
        0, Decimal("14.5"),
    )  # fmt: skip
    [balance] = found.balances
    assert (balance["remaining_before"], balance["remaining_after"]) == (12, 0)
    assert found.publication.startswith("1-")
    assert found.as_of == datetime(2026, 2, 10, 12, tzinfo=UTC)
    assert outcomes(found) == {1: "metered", 2: "metered"}
    assert digests(home) == before


def test_what_costs_nothing_says_why_by_row(home: Path):
    found = asked(
        home,
        LANDED[0],
        {**tokens("landed", 5)},
        event("x", "mystery", "2026-02-05", "acme"),
        tokens("tomorrow", 100, "2026-02-11"),
        event("too-late", "api_call", "2026-02-08", "gone"),
        tokens("whose", 100, customer="nobody"),
        "no JSON",
        tokens("old", 1, "2025-12-01"),
        {**tokens("more", 1), "amount": 3},
        tokens("twice", 50),
        tokens("twice", 50),
    )
    assert outcomes(found) == {
        1: "duplicate",
        2: "conflict",
        3: "no_product",
        4: "after_today",
        5: "outside_contract",
        6: "unmatched",
        7: "not_json",
        8: "too_old",
        9: "unknown_field",
        10: "metered",
        11: "duplicate",
    }
    # 50 tokens of tier 1, which the credit pays.
    assert differences(found.invoices, "invoice_id") == {("acme-1.usage.2026-02-01",): 0}
    assert differences(found.lines, "line_type") == {("usage",): 1, ("commit_applied",): -1}
    [seventh, *_] = found.rejected
    assert seventh["row"] == 7 and "not JSON" in seventh["reason"]


def test_a_customers_question_is_about_its_own_events_alone(home: Path):
    """S-77: nor does it matter, or show, which ids others have sent."""
    taken = {**tokens("beta-landed", 100)}
    mixed = [tokens("a", 100), event("b", "api_call", "2026-02-05", "beta"), taken]
    found = asked(home, *mixed, tokens("c", 1, customer="nobody"), customer="acme")
    assert outcomes(found) == {1: "metered", 2: "other_customer", 3: "metered", 4: "other_customer"}
    assert {row["reason"] for row in found.rejected} == {
        "customer_id is neither acme nor an alias of it on that day (S-9)."
    }
    assert {row["contract_id"] for row in found.invoices} == {"acme-1"}
    whole = asked(home, *mixed)
    assert outcomes(whole) == {1: "metered", 2: "metered", 3: "conflict"}
    assert differences(whole.invoices, "contract_id")["beta-1",] == 1
    assert differences(asked(home, *mixed, contract="beta-1").invoices, "contract_id") == {
        ("beta-1",): 1
    }
    for options in ({"contract": "none"}, {"customer": "acme", "contract": "beta-1"}):
        with pytest.raises(NothingToPreview, match="no contract"):
            asked(home, tokens("a", 1), **options)


def test_the_command_prints_the_change_and_says_with_its_status_what_is_rejected(home: Path):
    sent = write_events(home.parent / "told.ndjson", [tokens("a", 400), "no JSON"])
    status, said = meterhouse(home, "cost", str(sent), seeds=home.parent / "seeds")
    assert status == 1
    for words in ("0.00 USD", "4.50 USD", "+16.50", "row 2: The line is not JSON", "left"):
        assert words in said, said


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    # Its moments were given long after they had passed.
    with serving(home, options=("--now",)) as running:
        yield running


def test_the_server_answers_tokens_of_customers_and_of_the_company(home: Path, server: Server):
    now = datetime.now(UTC)
    mine, _ = new_token(home, "acme-portal", now, customer="acme")
    reads, _ = new_token(home, "office", now, may_ingest=False)
    sends, _ = new_token(home, "sender", now, may_read=False)
    kept = [digests(home / folder) for folder in ("raw_events", "quarantine")]

    def post(path: str, token: str, events: Any, **query: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{server.url}{path}"
        return httpx.post(url, json=events, headers=headers, params=query, timeout=120)

    events = [tokens("a", 400), event("b", "api_call", "2026-02-05", "beta")]
    own = post("/customer/v1/cost", mine, events)
    assert own.status_code == 200, own.text
    told = own.json()
    assert [one["difference"] for one in told["invoices"]] == ["4.5"]
    assert told["rejected"][0]["row"] == 2 and "beta-1" not in own.text
    both = post("/v1/cost", reads, events).json()
    assert [one["difference"] for one in both["invoices"]] == ["4.5", "1"]
    of_beta = post("/v1/cost", reads, events, customer_id="beta").json()
    assert [one["contract_id"] for one in of_beta["invoices"]] == ["beta-1"]
    assert post("/v1/cost", reads, events, contract_id="none").status_code == 404
    assert post("/v1/cost", mine, events).status_code == 403
    assert post("/customer/v1/cost", reads, events).status_code == 403
    assert post("/v1/cost", sends, events).status_code == 403
    assert post("/customer/v1/cost", mine, events, customer_id="beta").status_code == 400
    assert post("/customer/v1/cost", mine, events, contract_id="beta-1").status_code == 404
    assert post("/customer/v1/cost", mine, []).status_code == 400
    assert [digests(home / folder) for folder in ("raw_events", "quarantine")] == kept
    assert not list(home.glob(".preview-*"))
