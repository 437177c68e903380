"""Guards against an answer before the disk has it, a sync that is tried again, and full memory."""

import asyncio
import errno
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meterhouse.server import spool as spool_module
from meterhouse.server.spool import LATER, MOST_WAITING, Busy, Spool
from raw_events.segments.names import OPEN, SEALED, segments

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "_HOUSEKEEPING_SECONDS", 0.01)
    monkeypatch.setattr(spool_module, "_LOOK_AT_DISK_SECONDS", 0.0)


def during(home: Path, work: Callable[[Spool], Awaitable[None]], **options: int) -> None:
    async def run() -> None:
        spool = Spool(home, lambda: NOW, **{"reserve": 0, **options})
        spool.start()
        await work(spool)
        await spool.close()

    asyncio.run(run())


def kept(home: Path) -> list[bytes]:
    found = [*segments(home, OPEN), *segments(home, SEALED)]
    return sorted(line for it in found for line in it.path.read_bytes().splitlines())


def test_what_comes_together_shares_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fdatasync

    def sync(descriptor: int) -> None:
        synced.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", sync)

    async def work(spool: Spool) -> None:
        await asyncio.gather(*(spool.commit("app", b"%d\n" % number) for number in range(50)))

    during(tmp_path, work)
    # The first one begins alone; all others gather while it is written.
    assert len(synced) == 2
    assert kept(tmp_path) == sorted(b"%d" % number for number in range(50))
    assert segments(tmp_path, OPEN) == []


def test_sources_have_segments_of_their_own(tmp_path: Path) -> None:
    async def work(spool: Spool) -> None:
        await asyncio.gather(spool.commit("a", b"1\n"), spool.commit("b", b"2\n"))

    during(tmp_path, work)
    assert {it.source for it in segments(tmp_path, SEALED)} == {"a", "b"}


@pytest.mark.parametrize("name", ["fdatasync", "write"])
def test_after_a_failure_it_says_busy_until_the_disk_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def work(spool: Spool) -> None:
        await spool.commit("app", b"before\n")
        with monkeypatch.context() as full:
            full.setattr(os, name, broken)
            answers = await asyncio.gather(
                *(spool.commit("app", b"lost\n") for _ in range(3)), return_exceptions=True
            )
            assert [(type(it), it.retry_after) for it in answers] == [(Busy, LATER)] * 3
            with pytest.raises(Busy, match="No space left"):
                spool.check()
            await asyncio.sleep(0.1)
            # The probe fails too.
            assert spool.problem is not None
        for _ in range(500):
            if spool.problem is None:
                break
            await asyncio.sleep(0.01)
        spool.check()
        await spool.commit("app", b"after\n")

    during(tmp_path, work)
    assert kept(tmp_path) == [b"after", b"before"]


def test_what_waits_is_bounded(tmp_path: Path) -> None:
    async def work(spool: Spool) -> None:
        spool.take("a", MOST_WAITING // 2)
        with pytest.raises(Busy, match="of this token waits") as busy:
            spool.take("a", 1)
        assert 0 < busy.value.retry_after <= 60
        # What one token holds leaves room for every other.
        for token in range(30):
            spool.take(str(token), 1024)
        assert spool.waiting == MOST_WAITING // 2 + 30 * 1024
        spool.give_back("a", MOST_WAITING // 2)
        spool.take("a", 1)

    during(tmp_path, work)


def test_no_number_of_tokens_holds_all(tmp_path: Path) -> None:
    async def work(spool: Spool) -> None:
        size = MOST_WAITING // 64
        for token in range(7):
            with suppress(Busy):
                while True:
                    spool.take(str(token), size)
        assert spool.waiting < MOST_WAITING
        spool.take("another", 1024)

    during(tmp_path, work)


def test_the_reserve_of_the_disk_stays_free(tmp_path: Path) -> None:
    async def work(spool: Spool) -> None:
        with pytest.raises(Busy, match="MiB left") as busy:
            spool.check()
        assert 0 < busy.value.retry_after <= 60

    during(tmp_path, work, reserve=2**62)


def test_old_segments_are_sealed_without_another_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module.SegmentWriter, "_age", lambda _: 60.0)

    async def work(spool: Spool) -> None:
        await spool.commit("app", b"a\n")
        for _ in range(500):
            if segments(tmp_path, SEALED):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("not sealed")

    during(tmp_path, work)
