"""One cost preview in a process of its own, which ends by itself.

    python -m meterhouse.server.costs.process --seconds N [--customer ID] [--contract ID]

Events come as JSON lines on standard input; the answer is one JSON object on standard output: the
cost, or `status` and `message` of why there is none. It gives way to all other work, and the kernel
ends it after its seconds, wherever it is.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from meterhouse.common.errors import UsageError, user_error
from meterhouse.common.progress import Reporter, reporting_to
from meterhouse.common.settings import home
from meterhouse.preview.cost import cost
from meterhouse.preview.errors import NotReady, PreviewFailed
from meterhouse.reports.cost import cost_document
from raw_events.common.errors import LandingError
from raw_events.common.files import for_owner_and_group_alone

# Runs have the rest of the machine.
LIMITS = MappingProxyType({"METERHOUSE_MEMORY_LIMIT": "1GB", "METERHOUSE_THREADS": "1"})
NICE = 10


class _Quiet(Reporter):
    def say(self, line: str) -> None:
        """Nobody waits at a terminal."""


def main() -> None:
    """Answer on standard output; what nobody foresaw goes to standard error, with status 1."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--customer")
    parser.add_argument("--contract")
    asked = parser.parse_args()
    for_owner_and_group_alone()
    # No handler: Python's would wait until a statement of DuckDB ends.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(asked.seconds)
    os.nice(NICE)
    os.environ.update(LIMITS)
    with tempfile.TemporaryDirectory() as folder:
        sent = Path(folder) / "sent.ndjson"
        sent.write_bytes(sys.stdin.buffer.read())
        answer = answered(sent, asked.customer, asked.contract)
    sys.stdout.write(json.dumps(answer))


def answered(sent: Path, customer: str | None, contract: str | None) -> Mapping[str, Any]:
    """The cost for JSON, or `status` and `message`. Raises what is worded for nobody."""
    try:
        with reporting_to(_Quiet()):
            return cost_document(cost(home(), sent, customer, contract))
    except Exception as error:
        worded = user_error(error)
        if worded is None:
            raise
        return {"status": _status(worded), "message": str(worded)}


def _status(error: BaseException) -> int:
    if isinstance(error, LandingError):
        return 400
    if isinstance(error, PreviewFailed):
        return 500
    if isinstance(error, UsageError) and not isinstance(error, NotReady):
        return 404
    return 503


if __name__ == "__main__":
    main()
