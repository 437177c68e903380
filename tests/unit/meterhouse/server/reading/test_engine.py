"""What asks too much is refused, and the event loop goes on meanwhile."""

import asyncio
import time

import pytest

from meterhouse.server.reading.engine import Engine
from meterhouse.server.reading.errors import Refused
from tests.unit.meterhouse.server.reading.tiny import publish

ENDLESS = "select count(*) from range(1000000) as one, range(1000000) as two where one <> two"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish(home, {})
    return home


def test_an_answer_that_takes_too_long_is_given_up(home):
    engine = Engine(home, seconds=0.2)
    with pytest.raises(Refused, match=r"longer than 0\.2 seconds") as refused:
        engine.answer_now(lambda reader: reader.rows(ENDLESS))
    assert (refused.value.status, refused.value.retry_after) == (503, 10)
    # And the next one is answered.
    assert engine.answer_now(lambda reader: reader.rows("select 1 as one")) == [{"one": 1}]
    engine.close()


def test_an_answer_that_takes_too_much_memory_is_given_up(home):
    engine = Engine(home)
    with pytest.raises(Refused, match="memory"):
        engine.answer_now(
            lambda reader: reader.rows(
                "select list(one order by one desc) as all_of_them "
                "from (select range::varchar || repeat('x', 200) as one from range(5000000))"
            )
        )
    engine.close()


def test_a_mistake_of_ours_is_said_in_json_too(home):
    engine = Engine(home)
    with pytest.raises(Refused, match="could not be worked out") as refused:
        engine.answer_now(lambda reader: reader.rows("select nothing"))
    assert refused.value.status == 500
    engine.close()


def test_too_many_that_wait_are_refused_and_the_loop_goes_on(home):
    engine = Engine(home, waiting=3)
    ticks = 0

    async def asked() -> list[object]:
        nonlocal ticks

        def slow(_: object) -> str:
            time.sleep(0.2)
            return "done"

        async def tick() -> None:
            nonlocal ticks
            for _ in range(10):
                await asyncio.sleep(0.01)
                ticks += 1

        answers = [engine.answer(slow) for _ in range(5)]
        found = await asyncio.gather(tick(), *answers, return_exceptions=True)
        return found[1:]

    found = asyncio.run(asked())
    assert ticks == 10
    assert found[:3] == ["done"] * 3
    assert all(isinstance(one, Refused) and one.status == 503 for one in found[3:])
    engine.close()
