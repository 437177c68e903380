"""Processes that land, at once or until they are killed.

They come from a fork server: Delta's runtime does not live on in a fork of the tests' own process.
"""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from importlib import import_module
from multiprocessing.synchronize import Barrier

from raw_events.common.errors import LandingError

Work = Callable[[], object]

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(
    ["raw_events.quarantine.actions", "tests.unit.raw_events.event_cases"]
)


def at_once(*work: Work) -> None:
    """Do all of the work in processes that begin together; they must end well."""
    barrier = _PROCESSES.Barrier(len(work))
    processes = [_PROCESSES.Process(target=_begin, args=(barrier, one)) for one in work]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(work)


def killed_at(owner: type | str, name: str, after: bool, work: Work) -> None:
    """Do the work in a process that is killed when a method is called, or (`after`) ends.

    `owner` is a class, or the name of a module with a function of that name.
    """
    assert _exit_code(_die_at, owner, name, after, work) == -signal.SIGKILL


def refused_with_file_limit(limit: int, work: Work) -> None:
    """Do the work in a process that may not write files over `limit` bytes; it must refuse."""
    assert _exit_code(_refuse, limit, work) == 0


def _exit_code(target: Callable, *arguments: object) -> int:
    process = _PROCESSES.Process(target=target, args=arguments)
    process.start()
    process.join()
    return process.exitcode


def _begin(barrier: Barrier, work: Work) -> None:
    barrier.wait()
    work()


def _die_at(owner: type | str, name: str, after: bool, work: Work) -> None:
    owner = import_module(owner) if isinstance(owner, str) else owner
    real = getattr(owner, name)

    def deadly(*arguments: object, **named: object) -> None:
        if after:
            real(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, deadly)
    work()


def _refuse(limit: int, work: Work) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        work()
    except LandingError as error:
        said = str(error)
    else:
        raise AssertionError("landed, although nothing could be written")
    assert "do the same again" in said
