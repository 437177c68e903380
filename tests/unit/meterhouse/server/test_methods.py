"""Guards against a known path with a wrong method that is said to be none (405, with Allow)."""

import asyncio
from functools import partial
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from meterhouse.server import health, ingest
from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.metrics import Metrics
from meterhouse.server.reading import routes as reading
from meterhouse.server.reading.engine import Engine
from meterhouse.server.spool import Spool
from meterhouse.server.tokens import TokenBook, new_token
from tests.unit.raw_events.event_cases import AS_OF

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PATHS = {"/v1/ingest": "POST", "/healthz": "GET", "/metrics": "GET"}
PATHS |= {path: method for method, path in (*reading.PAGED, *reading.WHOLE)}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    home = tmp_path_factory.mktemp("home")
    text, _ = new_token(home, "app", AS_OF)
    server = Server(home, Authentication(TokenBook(home)))
    spool, metrics = Spool(home, lambda: AS_OF, reserve=0), Metrics()
    door = [partial(module.routes, spool, metrics) for module in (ingest, health)]
    app = application(server, [*door, partial(reading.routes, Engine(home)), lambda _: [broken()]])
    headers = {"Authorization": f"Bearer {text}"}
    return TestClient(app, headers=headers, raise_server_exceptions=False)


def broken() -> Route:
    async def fails(_: Request) -> Response:
        raise ValueError("a secret")

    return Route("/broken", fails)


@pytest.mark.parametrize(("path", "method"), PATHS.items())
def test_another_method_is_told_which_there_is(client: TestClient, path: str, method: str) -> None:
    takes = {"GET": ["GET", "HEAD"]}.get(method, [method])
    for other in METHODS:
        answer = client.request(other, path)
        if other in takes:
            assert answer.status_code not in (404, 405)
        elif answer.status_code == 403:
            # A write that the price book's files are for.
            assert ".csv" in answer.text or "meterhouse" in answer.text
        else:
            assert answer.status_code == 405, (other, path)
            assert sorted(answer.headers["allow"].split(", ")) == takes
            assert other == "HEAD" or takes[0] in answer.json()["message"]


@pytest.mark.parametrize("path", ["/v1/nothing", "/v2/usage", "/nothing", "/v1/ingest/"])
def test_no_path_is_none_with_every_method(client: TestClient, path: str) -> None:
    for method in METHODS:
        assert client.request(method, path).status_code == 404, method


def test_what_nobody_foresaw_is_json_and_tells_nothing(client: TestClient) -> None:
    answer = client.get("/broken")
    assert answer.status_code == 500 and "secret" not in answer.text and answer.json()["message"]


def asked(bodies: Any, receive: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(reading, "BODY_SECONDS", 0.05)

    class Holder:
        id = "t"

    scope = {"type": "http", "method": "POST", "headers": [], "state": {"token": Holder}}
    return asyncio.run(reading._body(Request(scope, receive), bodies))


def test_a_body_that_is_slow_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b" ", "more_body": True}

    bodies = reading.Room(reading.MOST_BODIES)
    with pytest.raises(reading.Refused) as refused:
        asked(bodies, slow, monkeypatch)
    assert (refused.value.status, bodies.taken) == (408, 0)


def test_bodies_of_one_token_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def part() -> dict[str, Any]:
        return {"type": "http.request", "body": b" " * 1_000, "more_body": True}

    bodies = reading.Room(reading.MOST_BODIES)
    assert bodies.take("t", reading.MOST_BODIES // 2)
    with pytest.raises(reading.Refused) as refused:
        asked(bodies, part, monkeypatch)
    assert (refused.value.status, refused.value.retry_after) == (503, 1)
    bodies.give_back("t", reading.MOST_BODIES // 2)
    with pytest.raises(reading.Refused) as refused:
        asked(bodies, part, monkeypatch)
    assert (refused.value.status, bodies.taken) == (413, 0)
