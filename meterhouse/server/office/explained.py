"""A line of an invoice back to its events (`meterhouse explain`), in a process of its own.

    python -m meterhouse.server.office.explained HOME INVOICE LINE LIMIT

It prints the sections as JSON. Beside the server, because it may need memory and seconds, and
DuckDB lets one process into the warehouse. It holds the run's lock meanwhile, so a run that begins
waits for it instead of failing.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Any

from meterhouse.common.errors import MeterhouseError
from meterhouse.reports.errors import InvoiceNotFound, LineNotFound
from meterhouse.reports.explain import cell_text, explain
from meterhouse.server.reading.errors import Refused
from meterhouse.warehouse.errors import RunInProgress
from meterhouse.warehouse.lock import run_lock

SECONDS, MOST_EVENTS = 60.0, 1_000
# A run that has the warehouse may have it for minutes: whoever looks comes again.
LOCK_SECONDS = 3.0
_LIMITS = {"METERHOUSE_MEMORY_LIMIT": "1GB", "METERHOUSE_THREADS": "1"}
_BUSY = (
    "A run has the warehouse at this moment, and a line is explained from it. Load this page again "
    "when it is over; the invoice itself can be read all the time."
)


class Explainer:
    """Explanations of a data directory, one at a time."""

    def __init__(self, home: Path, seconds: float = SECONDS):
        self._home, self._seconds, self._turn = home, seconds, asyncio.Lock()

    async def sections(self, invoice: str, line: int, limit: int) -> list[dict[str, Any]]:
        """`title`, `facts`, `columns` and `rows` of each section, values as text.

        Raises Refused: 404 for no such line, 503 while a run has the warehouse or it takes long.
        """
        try:
            async with asyncio.timeout(self._seconds):
                async with self._turn:
                    return await self._asked([invoice, str(line), str(limit)])
        except TimeoutError:
            raise Refused(
                503, "This takes long; meterhouse explain prints it without a limit.", 30
            ) from None

    async def _asked(self, arguments: list[str]) -> list[dict[str, Any]]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, str(self._home), *arguments),
            stdin=DEVNULL, stdout=PIPE, stderr=PIPE, env={**_LIMITS, **os.environ},
        )  # fmt: skip
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            last = err.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason"]
            raise Refused(500, f"The line could not be explained ({last[0]}).")
        found = json.loads(out)
        if "refused" in found:
            raise Refused(found["status"], found["refused"], found["again"])
        return list(found["sections"])


def main() -> None:
    """Explain one line; a refusal is JSON too."""
    home, invoice, line, limit = sys.argv[1:]
    try:
        with run_lock(Path(home), LOCK_SECONDS, say=lambda _: None, reads=True):
            sections = explain(Path(home), invoice, int(line), int(limit))
    except RunInProgress:
        answer: dict[str, Any] = {"refused": _BUSY, "status": 503, "again": 10}
    except (InvoiceNotFound, LineNotFound) as error:
        answer = {"refused": str(error), "status": 404, "again": None}
    except MeterhouseError as error:
        answer = {"refused": str(error), "status": 503, "again": 60}
    else:
        answer = {
            "sections": [
                {
                    "title": section.title,
                    "facts": {
                        label: cell_text(value)
                        for label, value in section.facts.items()
                        if value is not None
                    },
                    "columns": list(section.columns),
                    "rows": [[cell_text(value) for value in row] for row in section.rows],
                }
                for section in sections
            ]
        }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
