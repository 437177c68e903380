"""The same work on several things in two threads at once."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")

# numpy and Arrow let go of Python's lock while they compute. Between that Python runs, in one
# thread at a time, so a third thread would only wait (measured: slower than two).
_THREADS = min(2, os.cpu_count() or 1)


def parallel_map(work: Callable[[Thing], Result], things: Iterable[Thing]) -> list[Result]:
    """What `work` gives for each of the things, in their order, whichever is done first.

    Of exceptions the first thing's is raised; nothing runs any more when this returns or raises.
    """
    with ThreadPoolExecutor(_THREADS) as threads:
        return list(threads.map(work, things))
