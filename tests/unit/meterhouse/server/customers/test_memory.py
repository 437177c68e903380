"""Answers go on while publications change under them (S-77, S-79)."""

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from meterhouse.server.customers import memory as memories
from meterhouse.server.customers.lists import LISTS
from meterhouse.server.customers.memory import Memory
from tests.unit.meterhouse.server.customers.world import DAYS, MINE, OTHERS, world


def test_an_answer_that_is_at_work_while_its_tables_are_dropped_reads_the_files(
    tmp_path, monkeypatch
):
    """Two runs publish between two of its queries."""
    world(tmp_path, monkeypatch)
    memory = Memory(tmp_path)
    memory.load()
    published = []

    def work(own):
        first = LISTS["usage"].rows(own, dict.fromkeys(LISTS["usage"].asks), 100, 0)
        while len(published) < memories.KEPT:
            published.append(own.at.name)
            world(tmp_path, monkeypatch, len(published) + 1)
            memory.load()
        again = LISTS["spend"].rows(own, dict.fromkeys(LISTS["spend"].asks), 100, 0)
        return own.at.name, first, again

    name, first, again = memory.answer_now(MINE, work)
    assert name == published[0]
    assert len(first) == len(again) == DAYS
    assert OTHERS not in repr((first, again))
    memory.close()
