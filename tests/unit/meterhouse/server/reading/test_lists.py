"""Customers, pricing units, metrics; pages of one publication; what is not served."""

import base64
import json
import shutil

import metronome
import pytest

from meterhouse.warehouse.mark_files import write_mark
from meterhouse.warehouse.marks import Mark
from tests.unit.meterhouse.server.reading.tiny import publish, sdk


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish(home, {})
    return sdk(home)


def test_customers(client):
    found = list(client.v1.customers.list(limit=1))
    assert [one.id for one in found] == ["a/b c", "acme", "globex"]
    acme = client.v1.customers.retrieve(customer_id="acme").data
    assert (acme.name, acme.created_at.isoformat()) == ("Acme", "2026-01-01T00:00:00+00:00")
    # An id with a slash is one id.
    assert client.v1.customers.retrieve(customer_id="a/b c").data.name == "Slash and blank"
    with pytest.raises(metronome.NotFoundError):
        client.v1.customers.retrieve(customer_id="nobody")


def test_an_alias_shows_where_it_is_valid_now(client):
    aliases = {one.id: one.ingest_aliases for one in client.v1.customers.list()}
    assert aliases == {"a/b c": [], "acme": ["key-1"], "globex": ["acme-old"]}
    assert [one.id for one in client.v1.customers.list(ingest_alias="acme-old")] == ["globex"]


def test_filters_of_customers(client):
    found = client.v1.customers.list(customer_ids=["globex", "acme"])
    assert [one.id for one in found] == ["acme", "globex"]
    assert list(client.v1.customers.list(only_archived=True)) == []
    with pytest.raises(metronome.BadRequestError, match="Salesforce"):
        client.v1.customers.list(salesforce_account_ids=["x"])


def test_pricing_units(client):
    found = list(client.v1.pricing_units.list(limit=2))
    assert [(one.id, one.name, one.is_currency) for one in found] == [
        ("CRD", "Credits", False),
        ("EUR", "EUR", True),
        ("USD", "USD (cents)", True),
    ]


def test_metrics(client):
    found = {one.id: one for one in client.v1.billable_metrics.list(limit=5)}
    assert len(found) == len(list(client.v1.billable_metrics.list()))
    calls = found["api_calls_v1"]
    assert calls.event_type_filter.in_values == ["api_call"]
    assert calls.group_keys == [["region"], ["user_id"], ["region", "user_id"]]
    assert "count(*)" in calls.sql
    users = client.v1.billable_metrics.retrieve(billable_metric_id="active_users_v1").data
    assert (users.aggregation_type, users.aggregation_key) == ("UNIQUE", "user_id")
    with pytest.raises(metronome.NotFoundError):
        client.v1.billable_metrics.retrieve(billable_metric_id="api_calls_v9")


def test_pages_are_of_one_publication(tmp_path):
    publish(tmp_path, {})
    client = sdk(tmp_path).v1.customers
    first = client.list(limit=1)
    publish(tmp_path, {}, generation=2)
    # The one that the page names is still kept.
    second = client.list(limit=1, next_page=first.next_page)
    assert [one.id for one in second.data] == ["acme"]
    shutil.rmtree(tmp_path / ".marts" / "1")
    with pytest.raises(metronome.APIStatusError, match="Start again") as gone:
        client.list(limit=1, next_page=first.next_page)
    assert gone.value.status_code == 410
    # A folder of that number with other content is another publication.
    (tmp_path / ".marts" / "2").rename(tmp_path / ".marts" / "1")
    with pytest.raises(metronome.APIStatusError, match="Start again"):
        client.list(limit=1, next_page=first.next_page)


def test_a_next_page_of_something_else_is_refused(client):
    found = client.v1.customers.list(limit=1)
    with pytest.raises(metronome.BadRequestError, match="other parameters"):
        client.v1.customers.list(next_page=found.next_page, customer_ids=["acme"])
    for other in (client.v1.billable_metrics.list, client.v1.pricing_units.list):
        with pytest.raises(metronome.BadRequestError, match="other parameters"):
            other(next_page=found.next_page)
    with pytest.raises(metronome.BadRequestError, match="other parameters"):
        client.v1.customers.invoices.list(customer_id="acme", next_page=found.next_page)
    with pytest.raises(metronome.BadRequestError, match="not one that"):
        client.v1.customers.list(next_page="%%")
    publication, digest, _ = json.loads(base64.urlsafe_b64decode(found.next_page))
    forged = json.dumps([publication, digest, [1, 2]]).encode()
    with pytest.raises(metronome.BadRequestError, match="does not belong"):
        client.v1.customers.list(next_page=base64.urlsafe_b64encode(forged).decode())


def test_a_mart_that_is_being_removed_is_not_one_without_rows(tmp_path):
    publish(tmp_path, {})
    client = sdk(tmp_path).v1.customers
    assert client.invoices.list(customer_id="acme").data == []
    publish(tmp_path, {}, generation=2)
    # Three runs later, while the publication of a page is removed file by file.
    first = client.list(limit=1)
    shutil.rmtree(tmp_path / ".marts" / "2")
    with pytest.raises(metronome.InternalServerError, match="Nothing is published"):
        client.list(limit=1)
    with pytest.raises(metronome.APIStatusError, match="Start again"):
        client.list(limit=1, next_page=first.next_page)


def test_a_lost_mart_is_said(tmp_path):
    publish(tmp_path, {})
    client = sdk(tmp_path).v1.customers
    assert client.invoices.list(customer_id="acme").data == []
    # Release 0.1 left no list of its files; a later one has it in evidence.json.
    marts = {path.name: "0" * 64 for path in (tmp_path / "marts").glob("*.parquet")}
    write_mark((tmp_path / "marts").resolve(), Mark(), marts)
    (tmp_path / "marts" / "invoices.parquet").unlink()
    with pytest.raises(metronome.InternalServerError, match=r"invoices\.parquet.*--again"):
        client.invoices.list(customer_id="acme")


def test_nothing_published(tmp_path):
    with pytest.raises(metronome.InternalServerError, match="meterhouse run") as error:
        sdk(tmp_path).v1.customers.list()
    assert error.value.response.headers["Retry-After"] == "60"


def test_writes_name_the_file_and_the_command(client):
    with pytest.raises(metronome.PermissionDeniedError, match=r"customers\.csv.*meterhouse run"):
        client.v1.customers.create(name="x")
    with pytest.raises(metronome.PermissionDeniedError, match=r"contracts\.csv"):
        client.v2.contracts.edit(contract_id="x", customer_id="acme")
    with pytest.raises(metronome.PermissionDeniedError, match="meterhouse void"):
        client.v1.invoices.void(id="x")


def test_unknown_paths_are_json(client):
    with pytest.raises(metronome.NotFoundError) as error:
        client.get("/v1/nothing", cast_to=object)
    assert "message" in error.value.body
    with pytest.raises(metronome.NotFoundError, match="sub_line_items"):
        client.v1.customers.invoices.list_breakdowns(
            customer_id="acme", starting_on="2026-01-01", ending_before="2026-02-01"
        )
    with pytest.raises(metronome.APIStatusError) as error:
        client.delete("/v1/usage", cast_to=object)
    assert error.value.status_code == 405


def test_a_token_that_may_not_read_is_refused(client):
    with pytest.raises(metronome.AuthenticationError):
        client.with_options(bearer_token="mh_other").v1.customers.list()
