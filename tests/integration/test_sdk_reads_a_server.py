"""`meterhouse serve`, read by the unmodified official SDK with strict validation.

The data directory is that of release 0.1.0 (tests/upgrade), with its marts: nothing is run. Guards
against an answer that the SDK refuses, and against reading that waits for sending or the other way
round, through the real processes.
"""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip(
    "metronome", reason="the official SDK is not installed: pip install -e '.[dev]'"
)
pytest.importorskip("uvicorn", reason="pip install 'meterhouse[serve]'")

import metronome

RELEASE = Path(__file__).resolve().parents[1] / "upgrade" / "0.1.0"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Its address, and a token that may send and read."""
    home = tmp_path_factory.mktemp("server") / "home"
    shutil.copytree(RELEASE / "home", home)
    shutil.copytree(RELEASE / "marts", home / ".marts" / "3")
    (home / "marts").symlink_to(Path(".marts") / "3")
    where = os.environ | {"METERHOUSE_HOME": str(home), "METERHOUSE_SEEDS": str(RELEASE / "seeds")}
    command = [sys.executable, "-m", "meterhouse.cli"]
    made = subprocess.run(
        [*command, "token", "new", "test"],
        env=where,
        capture_output=True,
        text=True,
        check=True,
    )
    # The release's moments are replayed ones: what comes in now lands now.
    serving = subprocess.Popen(
        [*command, "serve", "--port", "0", "--now", "--reserve", "0"],
        env=where,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = serving.stdout.readline().split()[-1]
        yield address, made.stdout.split()[-1]
    finally:
        serving.terminate()
        assert serving.wait(30) == 0


@pytest.fixture(scope="module")
def client(server):
    address, token = server
    return metronome.Metronome(
        bearer_token=token, base_url=address, _strict_response_validation=True
    )


def test_everything_that_is_published_can_be_read(client):
    v1 = client.v1
    assert [one.id for one in v1.customers.list(limit=1)] == ["acme", "globex"]
    acme = v1.customers.retrieve(customer_id="acme").data
    invoices = list(v1.customers.invoices.list(customer_id=acme.id, limit=1))
    assert [(one.id, one.status, one.custom_fields["total"]) for one in invoices] == [
        ("acme-1.scheduled.2026-01-01", "FINALIZED", "10.0000"),
        ("acme-1.usage.2026-01-01", "FINALIZED", "0.0000"),
        ("acme-1.usage.2026-02-01", "DRAFT", "0.5100"),
    ]
    one = v1.customers.invoices.retrieve(customer_id=acme.id, invoice_id=invoices[1].id).data
    assert one == invoices[1] and len(one.line_items) == 5
    [balance] = v1.contracts.list_balances(
        customer_id=acme.id, include_balance=True, include_ledgers=True
    )
    assert (balance.id, balance.balance, len(balance.ledger)) == ("acme-prepaid", 0.0, 3)
    net = v1.contracts.get_net_balance(
        customer_id=acme.id, credit_type_id="EUR", invoice_inclusion_mode="FINALIZED"
    )
    assert net.data.balance == 2.49
    span = {"starting_on": "2026-01-01T00:00:00Z", "ending_before": "2026-02-01T00:00:00Z"}
    usage = v1.usage.list(window_size="NONE", billable_metrics=[{"id": "llm_tokens_v1"}], **span)
    assert [(row.customer_id, row.value) for row in usage] == [("globex", 453.0)]
    groups = v1.usage.list_with_groups(
        window_size="DAY",
        customer_id="acme",
        billable_metric_id="api_calls_v1",
        group_key=["region"],
        limit=2,
        **span,
    )
    assert {row.group["region"] for row in groups} == {"eu", "us"}
    first, repeat = v1.usage.search(transaction_ids=["c0"])
    assert first.matched_customer.id == "acme"
    assert (first.is_duplicate, repeat.is_duplicate) == (False, True)
    metric = v1.billable_metrics.retrieve(billable_metric_id="api_calls_v1").data
    assert metric in [type(metric)(**one.to_dict()) for one in v1.billable_metrics.list(limit=100)]
    assert [(one.id, one.is_currency) for one in v1.pricing_units.list()] == [("EUR", True)]


def test_the_same_token_sends(client):
    now = datetime.now(UTC).isoformat()
    event = {"customer_id": "acme", "event_type": "api_call", "timestamp": now}
    assert client.v1.usage.ingest(usage=[{**event, "transaction_id": "sent"}]) is None
    # It is on the disk, and not yet published.
    assert client.v1.usage.search(transaction_ids=["sent"]) == []


def test_writes_and_unknown_paths(client):
    with pytest.raises(metronome.PermissionDeniedError, match=r"customers\.csv"):
        client.v1.customers.create(name="New")
    with pytest.raises(metronome.NotFoundError) as error:
        client.get("/v1/nothing", cast_to=object)
    assert error.value.body["message"]
    with pytest.raises(metronome.AuthenticationError):
        client.with_options(bearer_token="mh_nobody").v1.customers.list()
