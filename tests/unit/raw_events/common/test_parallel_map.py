"""Guards against a log that hangs on which thread was first, and against work that goes on."""

import time
from pathlib import Path

import pytest

from raw_events.common import parallel_map as module
from raw_events.common.parallel_map import parallel_map
from raw_events.log.event_log import EventLog
from raw_events.quarantine.actions import list_rejected
from raw_events.validation.fast_path import lines as plain_lines
from tests.unit.raw_events.event_cases import land, landed, line, write


def test_results_come_in_the_order_of_the_things() -> None:
    def late_first(number: int) -> int:
        time.sleep(0.05 if number % 2 == 0 else 0)
        return number

    assert parallel_map(late_first, range(9)) == list(range(9))


def test_two_things_are_worked_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_THREADS", 2)
    begun: list[int] = []

    def wait_for_both(number: int) -> bool:
        begun.append(number)
        until = time.monotonic() + 10
        while len(begun) < 2 and time.monotonic() < until:
            time.sleep(0.001)
        return len(begun) == 2

    assert parallel_map(wait_for_both, range(2)) == [True, True]


def test_nothing_goes_on_after_an_exception() -> None:
    begun, ended = [], []

    def work(number: int) -> None:
        begun.append(number)
        if number == 1:
            raise ValueError("one")
        time.sleep(0.02)
        ended.append(number)

    with pytest.raises(ValueError, match="one"):
        parallel_map(work, range(1_000))
    assert sorted(ended) == sorted(set(begun) - {1})
    count = len(begun)
    assert count < 100
    time.sleep(0.05)
    assert len(begun) == count


@pytest.mark.parametrize("faulty", [[], list(range(3, 200, 7))])
def test_threads_change_no_byte_of_log_and_quarantine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faulty: list[int]
) -> None:
    """Parts of a few lines; with two threads every other part is a late one."""
    lines = [
        f"broken {number}" if number in faulty else line(f"t{number}") for number in range(200)
    ]
    path = write(tmp_path / "events.ndjson", "\n".join(lines))
    monkeypatch.setattr(plain_lines, "_PART_BYTES", 1_000)
    real, parts = plain_lines._plain_part, []

    def uneven(*arguments: object) -> object:
        parts.append(len(parts))
        time.sleep(0.01 * (parts[-1] % 2))
        return real(*arguments)

    monkeypatch.setattr(plain_lines, "_plain_part", uneven)
    made = []
    for threads in (1, 2):
        monkeypatch.setattr(module, "_THREADS", threads)
        home = tmp_path / str(threads)
        land(home, path)
        entry = EventLog(home).entries(-1, 1)[-1]
        made.append((entry.path, entry.sha256, entry.quarantine))
    assert made[0] == made[1]
    assert len(parts) > 20
    good = [number for number in range(200) if number not in faulty]
    assert [row["transaction_id"] for row in landed(home)] == [f"t{number}" for number in good]
    assert [row["position"] for row in landed(home)] == list(range(len(good)))
    assert [event.line_number for event in list_rejected(home)] == [number + 1 for number in faulty]
