"""No byte of another customer, on any route and with any parameter (S-77).

Every text of the other customer's rows has its name in it, in every mart and table of the price
book. Guards against a list that forgets to narrow, a parameter that names a customer, and a page, a
token or a publication in memory that is somebody else's.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from meterhouse.server.customers.api import PREFIX
from meterhouse.server.customers.lists import LISTS
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.own import OWN, OWN_OF_BOOK
from meterhouse.server.reading.columns import MARTS
from meterhouse.server.tokens import read_tokens, revoke
from tests.unit.meterhouse.server.customers.world import (
    AS_OF,
    CUSTOMERS,
    MINE,
    OTHERS,
    bearer,
    client,
    row,
    world,
)

PARAMETERS = [
    *sorted({name for one in LISTS.values() for name in one.asks}),
    *("customer_id", "customer", "contract_id", "limit", "next_page", "format", "publication"),
]
VALUES = [
    OTHERS, f"{OTHERS}-invoice_id", f"{MINE}-invoice_id", f"{OTHERS}-product_id", "api_calls",
    "2026-01-01", "2026-02-01", "draft", "csv", "json", "1", "3", "1000", "", "*", "%",
    f"{MINE}' or '1'='1", "{invoices}", "null", "../" + OTHERS,
]  # fmt: skip
PATHS = [*LISTS, *(f"invoices/{id}-invoice_id" for id in CUSTOMERS), "openapi.json", OTHERS]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """ask(customer, path, parameters) → status, content and headers as one text; both ways of
    reading, from files and from memory."""
    home = tmp_path_factory.mktemp("two") / "home"
    with pytest.MonkeyPatch.context() as patch:
        world(home, patch)
    memory = Memory(home)
    memory.load()
    clients = client(home), client(home, memory)
    headers = {customer: bearer(home, customer) for customer in CUSTOMERS}

    def ask(customer: str, path: str, parameters: dict[str, str], loaded: bool):
        found = clients[loaded].get(PREFIX + path, params=parameters, headers=headers[customer])
        return found.status_code, found.text + repr(sorted(found.headers.items()))

    return ask


def test_the_world_has_rows_of_both_in_every_list(asked):
    for name in LISTS:
        for customer, other in (CUSTOMERS, CUSTOMERS[::-1]):
            for loaded in (False, True):
                status, text = asked(customer, name, {}, loaded)
                assert status == 200 and '"data":[{' in text, (name, text)
                assert f"{customer}-" in text, name
                assert f"{other}-" not in text and f'"{other}"' not in text


@settings(
    max_examples=120, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    path=st.sampled_from(PATHS),
    parameters=st.dictionaries(st.sampled_from(PARAMETERS), st.sampled_from(VALUES), max_size=4),
    loaded=st.booleans(),
)
def test_no_route_and_parameter_shows_another_customer(asked, path, parameters, loaded):
    sent = {*parameters.values(), path}
    status, text = asked(MINE, path, parameters, loaded)
    assert status in (200, 400, 404), (status, text)
    # What was sent may be said again, in the words of a refusal; rows never.
    if status == 200 or not any(OTHERS in one for one in sent):
        assert OTHERS not in text, (path, parameters)
    if status != 200:
        assert '"message"' in text and f"{OTHERS}-contract_id" not in text


def test_a_page_of_one_customer_is_none_of_another(asked):
    first, text = asked(OTHERS, "spend", {"limit": "3"}, True)
    page = text.split('"next_page":"')[1].split('"')[0]
    assert first == 200
    assert asked(OTHERS, "spend", {"limit": "3", "next_page": page}, True)[0] == 200
    assert asked(MINE, "spend", {"limit": "3", "next_page": page}, True)[0] == 400
    assert asked(OTHERS, "usage", {"limit": "3", "next_page": page}, True)[0] == 400


def test_what_a_customer_may_read_is_named_table_by_table():
    """A mart that nobody thought about is an error, not everybody's rows."""
    assert set(MARTS) > set(OWN)
    assert all("{me}" in one or "select" in one for one in OWN.values())
    assert [name for name, one in OWN_OF_BOOK.items() if one == "true"] == ["pricing_units"]


@pytest.mark.parametrize("sent", ["", "Bearer ", "Bearer mh_forged", "Basic x", "Bearer x.y.z"])
def test_a_forged_token_reads_nothing(tmp_path: Path, monkeypatch, sent):
    world(tmp_path, monkeypatch)
    for name in LISTS:
        found = client(tmp_path).get(PREFIX + name, headers={"Authorization": sent})
        assert found.status_code == 401 and CUSTOMERS[0] not in found.text


def test_tokens_of_customers_and_of_the_company_are_not_each_others(tmp_path: Path, monkeypatch):
    world(tmp_path, monkeypatch)
    one, company = bearer(tmp_path, MINE), bearer(tmp_path, None)
    server = client(tmp_path)
    for path in ("/v1/customers", f"/v1/customers/{OTHERS}/invoices", "/v1/usage/groups"):
        assert server.get(path, headers=one).status_code == 403
    for name in LISTS:
        assert server.get(PREFIX + name, headers=company).status_code == 403
        assert server.get(PREFIX + name, headers=one).status_code == 200
    revoke(tmp_path, next(it.id for it in read_tokens(tmp_path) if it.customer_id), AS_OF)
    assert client(tmp_path).get(PREFIX + "usage", headers=one).status_code == 401


@pytest.mark.parametrize("loaded", [False, True])
def test_who_had_a_contract_before_sees_its_invoices_and_no_balance_of_who_has_it(
    tmp_path, monkeypatch, loaded
):
    """The price book moved it: what is used of its balances is another customer's from then on."""
    moved, gone = f"{OTHERS}-contract_id", "gone"
    invoices = [
        row(MARTS["invoices"], MINE, contract_id=contract, invoice_id=f"{MINE}-{contract}")
        for contract in (moved, gone)
    ]
    balances = [
        row(MARTS["commit_balances"], OTHERS, contract_id=moved),
        row(MARTS["commit_balances"], MINE, contract_id=gone),
    ]
    world(tmp_path, monkeypatch, invoices=invoices, commit_balances=balances)
    memory = Memory(tmp_path)
    if loaded:
        memory.load()
    asking, headers = client(tmp_path, memory), bearer(tmp_path, MINE)
    found = asking.get(PREFIX + "balances", headers=headers).json()["data"]
    assert [one["contract_id"] for one in found] == [gone]
    found = asking.get(PREFIX + "invoices", headers=headers).json()["data"]
    assert {one["contract_id"] for one in found} == {moved, gone}
