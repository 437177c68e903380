"""Asking what events would cost over HTTP: bodies within bounds, and a queue that ends.

The process that answers is the real one, on a data directory without a run: it says so. Answers are
in tests/long/test_cost.py.
"""

import asyncio
import json
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

with warnings.catch_warnings():
    # It would have another client of the same name.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

from meterhouse.server.app import Server, application
from meterhouse.server.authentication import Authentication
from meterhouse.server.costs import ask
from meterhouse.server.costs.ask import Costs
from meterhouse.server.costs.routes import CUSTOMER_PATH, MOST_EVENTS, PATH, lines_of, routes
from meterhouse.server.reading.errors import Refused
from meterhouse.server.spool import Spool
from meterhouse.server.tokens import TokenBook, new_token

EVENT = {"transaction_id": "a", "customer_id": "acme", "event_type": "x", "timestamp": "t"}


def test_events_become_lines_as_they_were_sent():
    sent = b'[{"a":\n 1, "b": "\\n"},\n 7, "x"]'
    assert lines_of(sent) == b'{"a":  1, "b": "\\n"}\n7\n"x"\n'


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{}", 400), (b"[]", 400), (b"[1", 400), (b"\xff", 400), (b"[" * 99_999, 400),
        (json.dumps([1] * (MOST_EVENTS + 1)).encode(), 400), (b" " * (1024 * 1024 + 1), 413),
    ],
)  # fmt: skip
def test_what_is_no_array_of_so_many_events_is_refused(body: bytes, status: int):
    with pytest.raises(Refused) as refused:
        lines_of(body)
    assert refused.value.status == status


def client(home: Path, costs: Costs) -> TestClient:
    server = Server(home, Authentication(TokenBook(home)))
    spool = Spool(home, lambda: datetime.now(UTC), 0, lambda *_: None)
    return TestClient(application(server, [lambda server: routes(costs, spool, server)]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path))
    return tmp_path


def bearer(home: Path, **options) -> dict[str, str]:
    text, _ = new_token(home, "asks", datetime.now(UTC), **options)
    return {"Authorization": f"Bearer {text}"}


def test_before_the_first_run_the_process_says_what_is_missing(home: Path):
    with client(home, Costs(home, 0)) as asked:
        found = asked.post(PATH, json=[EVENT], headers=bearer(home))
    assert found.status_code == 503 and "no warehouse" in found.json()["message"]
    assert found.headers["retry-after"] == "30"


def test_each_path_takes_its_tokens_and_no_parameter_that_names_a_customer(home: Path):
    own, sends, reads = (
        bearer(home, **options) for options in ({"customer": "acme"}, {"may_read": False}, {})
    )
    with client(home, Costs(home, 0)) as asked:
        for path, headers, status in (
            (PATH, own, 403),
            (PATH, sends, 403),
            (CUSTOMER_PATH, reads, 403),
            (CUSTOMER_PATH + "?customer_id=b", own, 400),
            (PATH + "?customer=b", reads, 400),
            (PATH, {}, 401),
        ):
            found = asked.post(path, json=[EVENT], headers=headers)
            assert found.status_code == status, (path, found.text)
        assert asked.get(PATH, headers=reads).status_code == 405


def test_a_question_that_takes_too_long_is_ended_and_leaves_nothing(home: Path):
    (home / ".preview-999999999-left").mkdir()
    costs = Costs(home, 0, seconds=1)
    costs._started = lambda *_: slow()
    with pytest.raises(Refused, match="longer than 1 seconds") as refused:
        asyncio.run(costs.answer("a", b"{}\n", None, None))
    assert refused.value.status == 503 and not list(home.glob(".preview-*"))


def slow() -> subprocess.Popen[bytes]:
    """A process that the kernel ends after a second, as it does one that computes too long."""
    code = "import signal, time; signal.alarm(1); time.sleep(60)"
    return subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_no_more_wait_than_there_is_room_for(home: Path):
    async def many(holders: list[str]) -> list[object]:
        costs = Costs(home, 0)
        costs._answered = lambda *_: {"lines": []}
        return await asyncio.gather(
            *(costs.answer(holder, b"", None, None) for holder in holders), return_exceptions=True
        )

    of_one = asyncio.run(many(["a"] * 5))
    assert [isinstance(one, Refused) for one in of_one] == [False] * 2 + [True] * 3
    of_many = asyncio.run(many([f"h{number}" for number in range(12)]))
    assert sum(isinstance(one, Refused) for one in of_many) == 12 - ask.MOST_WAITING


def test_the_disk_keeps_its_reserve(home: Path):
    with pytest.raises(Refused, match="no room") as refused:
        asyncio.run(Costs(home, 2**62).answer("a", b"{}\n", None, None))
    assert refused.value.status == 503


def test_a_server_that_ends_starts_nothing_more(home: Path):
    costs = Costs(home, 0)
    costs.close()
    with pytest.raises(Refused, match="ends"):
        asyncio.run(costs.answer("a", b"{}\n", None, None))
