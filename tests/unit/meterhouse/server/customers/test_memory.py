"""A thousand customers in memory, while publications change under them (S-77, S-79).

Guards against an answer that has rows of two publications or of two customers, files of an earlier
publication that are taken for those of the next, and a publication that is larger than the memory.
"""

import random
import re
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from benchmarks.pages.world import customer, publish

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from meterhouse.server.customers import memory as memories
from meterhouse.server.customers.grouped import Grouped
from meterhouse.server.customers.lists import LISTS
from meterhouse.server.customers.memory import Memory
from meterhouse.server.customers.own import OWN, OWN_OF_BOOK, Own
from meterhouse.server.customers.pages.kept import KeptPages
from meterhouse.server.customers.pages.render import page
from tests.unit.meterhouse.server.customers import world

CUSTOMERS, READERS, PUBLICATIONS, DAYS = 1_000, 8, 6, 2
ID = re.compile(r"customer-[0-9]{4}-x")
# Mart → which publication its rows are of, by an amount.
NUMBERS = {
    "invoices": "(subtotal - 1000)",
    "invoice_lines": "(amount - 12.345)",
    "commit_balances": "applied_draft",
}
ALL = {
    **{mart: f"{{{mart}}}" for mart in OWN},
    **{f"book.{t}": f"{{book.{t}}}" for t in OWN_OF_BOOK},
}


def said(own: Own) -> dict[str, Any]:
    """What an answer says of itself: whose texts it has, of which publications."""
    numbers, ids = set(), set()
    for mart, number in NUMBERS.items():
        rows = own.rows(f"select distinct {number}::double as n from {{{mart}}}")
        numbers |= {round(row["n"]) for row in rows}
    for query in ALL.values():
        ids |= set(ID.findall(repr(own.rows(f"from {query}"))))
    shown = page(own, "index") or ""
    ids |= set(ID.findall(shown))
    return {"numbers": numbers, "ids": ids, "page": shown, "name": own.at.name}


def test_every_answer_is_of_one_publication_and_of_one_customer(tmp_path: Path):
    publish(tmp_path, CUSTOMERS, 1, DAYS)
    memory = Memory(tmp_path)
    memory.load()
    memory.start()
    problems: list[str] = []
    seen: set[str] = set()
    is_over = threading.Event()

    def read(seed: int) -> None:
        chance = random.Random(seed)
        while not is_over.is_set():
            mine = customer(chance.randrange(CUSTOMERS))
            found = memory.answer_now(mine, said)
            number = int(found["name"].split("-")[0])
            seen.add(found["name"])
            if found["ids"] != {mine}:
                problems.append(f"{mine} saw {found['ids']}")
            if found["numbers"] != {number} or f"{1000 + number:,}.00" not in found["page"]:
                problems.append(f"{found['name']} has {found['numbers']}")

    readers = [threading.Thread(target=read, args=(seed,)) for seed in range(READERS)]
    for reader in readers:
        reader.start()
    for number in range(2, PUBLICATIONS + 1):
        publish(tmp_path, CUSTOMERS, number, DAYS)
        before = len(seen)
        for _ in range(600):
            if len(seen) > before or problems:
                break
            is_over.wait(0.05)
    is_over.set()
    for reader in readers:
        reader.join()
    memory.close()
    assert problems == []
    assert len(seen) > 2, "the readers met several publications"


def test_a_part_that_did_not_change_is_read_once_and_others_anew(tmp_path: Path):
    publish(tmp_path, 3, 1, 40)
    memory = Memory(tmp_path)
    memory.load()
    [first] = memory._loaded.values()
    publish(tmp_path, 3, 2, 40)
    memory.load()
    second = memory._loaded[next(reversed(memory._loaded))]
    old, new = [file.files["usage_daily"] for file in (first, second)]
    assert [one is other for one, other in zip(old, new, strict=True)] == [False, True]
    assert first.files["invoices"][0] is not second.files["invoices"][0]
    of = memory.answer_now(customer(1), lambda own: own.rows("from {usage_daily}"))
    assert len(of) == 40 * 14 and {row["customer_id"] for row in of} == {customer(1)}
    memory.close()


def test_memory_and_files_give_the_same_rows(tmp_path: Path):
    publish(tmp_path, 5, 1, 40)
    loaded, of_files = Memory(tmp_path), Memory(tmp_path)
    loaded.load()
    for query in ALL.values():
        ask = partial(Own.rows, query=f"select * from {query} order by all")
        for one in (customer(2), "nobody"):
            assert loaded.answer_now(one, ask) == of_files.answer_now(one, ask)
    loaded.close()
    of_files.close()


def test_what_is_larger_than_the_memory_is_read_from_its_files(tmp_path: Path):
    publish(tmp_path, 3, 1, DAYS)
    memory = Memory(tmp_path, most=1_000)
    memory.load()
    assert not memory._loaded
    assert memory.answer_now(customer(1), said)["ids"] == {customer(1)}
    memory.close()


def test_rows_that_are_nobodys_are_given_to_nobody():
    keys = pa.array(["a", None, "b", "a"]).dictionary_encode()
    found = Grouped(pa.table({"key": keys, "n": [1, 2, 3, 4]}), "key")
    given = [part.to_pydict() for key in ("a", "b", "c", "") for part in found.rows([key])]
    assert given == [{"key": ["a", "a"], "n": [1, 4]}, {"key": ["b"], "n": [3]}]
    empty = Grouped(pa.table({"key": pa.array([], pa.string()).dictionary_encode()}), "key")
    assert empty.rows(["a"]) == []


def test_kept_pages_are_of_their_key_and_within_their_bytes():
    kept = KeptPages(most=100)
    for number in range(20):
        kept.keep(("p", f"c{number}", "index", 1), b"x" * 5)
    assert kept.find(("p", "c19", "index", 1)) == b"xxxxx"
    assert (
        kept.find(("p", "c19", "index", 2)) is None and kept.find(("q", "c19", "index", 1)) is None
    )
    kept.find(("p", "c0", "index", 1))
    kept.keep(("p", "new", "index", 1), b"y" * 6)
    assert kept.find(("p", "c0", "index", 1)), "it was asked for a moment ago"
    assert kept.find(("p", "c1", "index", 1)) is None
    kept.keep(("p", "large", "index", 1), b"z" * 101)
    assert kept.find(("p", "large", "index", 1)) is None


def test_an_answer_that_is_at_work_while_two_runs_publish_keeps_its_publication(
    tmp_path, monkeypatch
):
    """Two runs publish between two of its queries."""
    world.world(tmp_path, monkeypatch)
    memory = Memory(tmp_path)
    memory.load()
    published = []

    def work(own):
        first = LISTS["usage"].rows(own, dict.fromkeys(LISTS["usage"].asks), 100, 0)
        while len(published) < memories.KEPT:
            published.append(own.at.name)
            world.world(tmp_path, monkeypatch, len(published) + 1)
            memory.load()
        again = LISTS["spend"].rows(own, dict.fromkeys(LISTS["spend"].asks), 100, 0)
        return own.at.name, first, again

    name, first, again = memory.answer_now(world.MINE, work)
    assert name == published[0]
    assert len(first) == len(again) == world.DAYS
    assert world.OTHERS not in repr((first, again))
    memory.close()
