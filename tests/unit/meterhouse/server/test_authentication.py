"""Guards against a route that answers without a token, or with one that may not do it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from meterhouse.server.app import Server, application, needs_token
from meterhouse.server.authentication import Authentication
from meterhouse.server.tokens import Scope, TokenBook, new_token

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def routes(server: Server) -> list[Route]:
    async def secret(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.state.token.source)

    return [Route("/secret", secret, middleware=needs_token(server, Scope.READ))]


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    server = Server(tmp_path, Authentication(TokenBook(tmp_path)))
    return TestClient(application(server, [routes]))


def ask(client: TestClient, token: str | None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.get("/secret", headers=headers)
    return answer.status_code, answer.text


def test_a_token_that_may(client: TestClient, tmp_path: Path) -> None:
    text, _ = new_token(tmp_path, "app", NOW)
    assert ask(client, text) == (200, "app")


@pytest.mark.parametrize("token", [None, "", "mh_x", "\x00"])
def test_no_token_that_counts(client: TestClient, token: str | None) -> None:
    status, body = ask(client, token)
    assert status == 401 and "Bearer" in body


def test_one_that_may_only_send(client: TestClient, tmp_path: Path) -> None:
    text, token = new_token(tmp_path, "app", NOW, may_read=False)
    status, body = ask(client, text)
    assert status == 403 and token.id in body


def test_too_often(client: TestClient, tmp_path: Path) -> None:
    text, _ = new_token(tmp_path, "app", NOW, rate=1)
    assert [ask(client, text)[0] for _ in range(2)] == [200, 429]
    answer = client.get("/secret", headers={"Authorization": f"Bearer {text}"})
    assert answer.headers["retry-after"] == "1"


def test_nothing_at_this_path_is_json(client: TestClient) -> None:
    answer = client.get("/v1/nothing")
    assert answer.status_code == 404 and "message" in answer.json()
