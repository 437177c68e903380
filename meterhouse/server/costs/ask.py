"""The queue of those who ask what events would cost, and the process that answers each."""

import json
import logging
import shutil
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

from meterhouse.preview.scratch import clear_leftovers
from meterhouse.server.reading.errors import Refused
from meterhouse.server.turns import Turns

LOG = logging.getLogger(__name__)

# A preview copies the warehouse and computes: two at once would be slower than one after the other.
AT_ONCE = 1
MOST_WAITING, MOST_OF_ONE = 8, 2
SECONDS = 60
# Whoever has waited this long is told to come again, so that queues end.
PATIENCE_SECONDS = 120.0


class Costs:
    """Previews of a data directory, in turns; `reserve` bytes of the disk stay free."""

    def __init__(self, home: Path, reserve: int, seconds: int = SECONDS):
        self._home, self._reserve, self._seconds = Path(home), reserve, seconds
        self._turns = Turns(AT_ONCE)
        self._asked: Counter[str] = Counter()
        self._lock, self._is_closed = Lock(), False
        self._running: subprocess.Popen[bytes] | None = None

    async def answer(
        self, holder: str, lines: bytes, customer: str | None, contract: str | None
    ) -> dict[str, Any]:
        """What events, as JSON lines, would cost; `holder` asks: a customer, or a token.

        Raises Refused: 400 the events, 404 no such contract, 503 not now, 500 if it fails.
        """
        if self._asked.total() >= MOST_WAITING or self._asked[holder] >= MOST_OF_ONE:
            raise Refused(503, "Too many cost previews are waiting; try again.", 10)
        # A stop-watch; no result depends on it.
        until = time.monotonic() + PATIENCE_SECONDS
        self._asked[holder] += 1
        try:
            work = partial(self._answered, lines, customer, contract, until)
            return await self._turns.done(holder, work)
        finally:
            self._asked[holder] -= 1

    def close(self) -> None:
        """End what is being computed, and whoever waits."""
        with self._lock:
            self._is_closed = True
            if self._running is not None:
                self._running.kill()

    def _answered(
        self, lines: bytes, customer: str | None, contract: str | None, until: float
    ) -> dict[str, Any]:
        if time.monotonic() > until:
            raise Refused(503, "Too many cost previews are before this one; try again.", 30)
        self._check_disk()
        process = self._started(customer, contract)
        try:
            output, _ = process.communicate(lines, timeout=self._seconds + 5)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        finally:
            with self._lock:
                self._running = None
            if process.returncode:
                clear_leftovers(self._home)
        return self._told(process.returncode, output)

    def _check_disk(self) -> None:
        warehouse = self._home / "warehouse.duckdb"
        needed = warehouse.stat().st_size if warehouse.is_file() else 0
        if shutil.disk_usage(self._home).free - needed < self._reserve:
            raise Refused(503, "The disk has no room for a copy of the warehouse.", 60)

    def _started(self, customer: str | None, contract: str | None) -> subprocess.Popen[bytes]:
        command = [
            *(sys.executable, "-m", "meterhouse.server.costs.process"),
            *("--seconds", str(self._seconds)),
            *(() if customer is None else (f"--customer={customer}",)),
            *(() if contract is None else (f"--contract={contract}",)),
        ]
        with self._lock:
            if self._is_closed:
                raise Refused(503, "The server ends; try again.", 10)
            self._running = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
            return self._running

    def _told(self, status: int, output: bytes) -> dict[str, Any]:
        if status < 0:
            raise Refused(
                503,
                f"This takes longer than {self._seconds} seconds; ask about fewer events, or "
                "after the run that is in progress.",
                30,
            )
        try:
            found: dict[str, Any] = json.loads(output)
        except ValueError:
            LOG.error("A cost preview ended with status %s and no answer", status)
            raise Refused(500, "It could not be worked out; the server's log says why.") from None
        if "message" in found:
            after = 30 if found["status"] == 503 else None
            raise Refused(found["status"], found["message"], after)
        return found
