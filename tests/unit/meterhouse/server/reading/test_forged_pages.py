"""Guards against a next_page that somebody made up: 400 or 410 and never a failure (500)."""

import base64
import json
from typing import Any

import metronome
import pytest

from meterhouse.server.reading.paging import TEXT, Place, day, key_after, whole
from meterhouse.server.reading.parameters import Asked
from tests.unit.meterhouse.server.reading.tiny import (
    FEBRUARY,
    JANUARY,
    MARCH,
    invoice,
    publish,
    sdk,
    segment,
    usage,
)

SPAN = {"starting_on": "2026-01-01", "ending_before": "2026-02-01", "window_size": "DAY"}
GROUPS = {"customer_id": "acme", "billable_metric_id": "api_calls_v1", **SPAN}
ONE = {"limit": 1}
# Method, path, parameters of every list that has pages, and a sort key that it may go on behind.
LISTS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("get", "/v1/customers", ONE, ["a"]),
    ("get", "/v1/customers/acme/invoices", ONE, ["2026-01-01", "a"]),
    ("get", "/v1/billable-metrics", ONE, ["a"]),
    ("get", "/v1/credit-types/list", ONE, ["A"]),
    ("post", "/v1/contracts/customerBalances/list", {"customer_id": "acme", **ONE}, ["a"]),
    ("post", "/v1/usage", SPAN, ["acme", "api_calls", "1", "2026-01-01"]),
    ("post", "/v1/usage/groups", {**GROUPS, **ONE}, ["2026-01-01", "[]"]),
]
# What a part of a sort key may be made to be.
ODD: list[Any] = [
    *("", "x", "2026-13-01", "2026-02-30", "2026-1-1", "2026-01-01T00:00:00Z", "infinity", "-1"),
    *("epoch", "1e3", "9" * 30, " 1", "\u0661", "\u0000", "'; --", "{invoices}", "$today"),
    *("\ud800", "a\udfff", None, 1, 1.5, True, [], {}, ["2026-01-01"], 10**30),
]
# Of a page of other kinds, and of none.
SHAPES: list[Any] = [None, 1, "abc", [], {}, {"a": 1, "b": 2, "c": 3}, ["a", "b"], ["a", "b", "c"]]
SHAPES += [["p", "d", []], ["p", "d", ["x"], 1], [1, "d", ["x"]], ["1-0", None, ["x"]]]
TEXTS = ["%%", "abc", "\u00fc", "a" * 10_000, "////", "AA==", "W10=", "bnVsbA=="]
TEXTS += [base64.urlsafe_b64encode(it).decode() for it in (b"\xff\xfe", b"[" * 9_999, b"NaN")]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("home")
    publish(
        home,
        {
            "invoices": [
                invoice("a", "acme", JANUARY, FEBRUARY),
                invoice("b", "acme", FEBRUARY, MARCH),
            ],
            "commit_balances": [segment("pre", "acme-1"), segment("q", "acme-1")],
            "usage_daily": [usage("acme", it, '{"region":"eu"}', "1") for it in (1, 2, 3)],
        },
    )
    return sdk(home)


def ask(client: Any, method: str, path: str, asked: dict[str, Any], page: str) -> int:
    given = {**asked, "next_page": page}
    options = {"options": {"params": given}} if method == "get" else {"body": given}
    try:
        getattr(client, method)(path, cast_to=object, **options)
    except metronome.APIStatusError as error:
        assert "message" in error.body
        return error.status_code
    return 200


@pytest.mark.parametrize(("method", "path", "asked", "key"), LISTS)
def test_no_page_that_is_made_up_fails(client, method, path, asked, key) -> None:
    query = {name: str(value) for name, value in asked.items()} if method == "get" else {}
    digest = Asked(query, {} if query else asked, path.split("/")[1:]).digest()
    of_customers = client.v1.customers.list(limit=1).next_page
    publication = json.loads(base64.urlsafe_b64decode(of_customers))[0]
    pages = [*TEXTS, *(encoded(it) for it in SHAPES)]
    assert ask(client, method, path, asked, encoded([publication, digest, key])) == 200
    made_up = [[*key[:at], one, *key[at + 1 :]] for at in range(len(key)) for one in ODD]
    made_up += [key[1:], [*key, "x"], key[::-1] if len(key) > 1 else []]
    pages += [encoded([publication, digest, it]) for it in made_up]
    pages += [encoded([name, digest, ["x"]]) for name in ("", "1", "-", "../1", "9" * 99, "1-")]
    statuses = {page: ask(client, method, path, asked, page) for page in pages}
    assert {page: it for page, it in statuses.items() if it not in (200, 400, 410)} == {}


def encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def test_parts_of_a_sort_key_are_what_the_list_sorts_by() -> None:
    parts = {"on": day, "number": whole, "id": TEXT}
    found = key_after(Place("1-a", ["2026-02-28", "007", "x"]), parts)
    assert found == {"on": FEBRUARY.replace(day=28), "number": 7, "id": "x"}
    assert key_after(Place(None, []), parts) == {"on": None, "number": None, "id": None}
