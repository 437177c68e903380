"""A pass of deliveries that ends, as by SIGKILL, at a step: `python killed_delivery.py HOME STEP`.

Steps are counted before and after each append to the log, inside it (the Parquet file is there, its
entry is not), and before and after each message that is sent.
"""

import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from meterhouse.delivery import deliver as module
from meterhouse.delivery.webhooks.send import WebhookSender
from meterhouse.warehouse.clock import machine_clock
from raw_events.log.append_only import AppendOnlyTable

STEPS = count(1)


def step() -> None:
    """One step further; at the last one the process is gone."""
    if next(STEPS) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)


def between_steps(function: Any) -> Any:
    """The function, with a step before and one after it."""

    def stepping(*arguments: Any, **more: Any) -> Any:
        step()
        result = function(*arguments, **more)
        step()
        return result

    return stepping


append = AppendOnlyTable.append
AppendOnlyTable.append = lambda table, rows: (
    between_steps(append)(table, rows) if rows else append(table, rows)
)
AppendOnlyTable._enter = between_steps(AppendOnlyTable._enter)
WebhookSender.send = between_steps(WebhookSender.send)

if __name__ == "__main__":
    done = module.deliver(Path(sys.argv[1]), machine_clock)
    assert not done.troubles, done.troubles
