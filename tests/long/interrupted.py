"""The command, interrupted at a moment: python interrupted.py kill|fill POINT run --as-of …

`kill` ends the process by SIGKILL, as the kernel would. `fill` lets no file grow any more from then
on, as a full disk would: every write after it fails, also those of Dagster's history.
"""

import functools
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable

# A function, and whether the moment is before its call or after it.
CALLS = {
    "price book half frozen": ("meterhouse.price_book.freeze", "write_sums", "before"),
    "inputs half written": ("meterhouse.warehouse.inputs", "sync_log", "after"),
    "nothing final yet": ("meterhouse.run.finalize", "finalize", "before"),
    "invoices written, not committed": (
        "meterhouse.ledger.store",
        "DeltaTable.create_write_transaction",
        "before",
    ),
    "committed, without its checksum": ("meterhouse.ledger.store", "record_checksum", "before"),
    "final, not in the warehouse": ("meterhouse.run.finalize", "finalize", "after"),
    "marts half written": ("meterhouse.warehouse.publish", "_write", "after"),
    "marts written, not published": ("meterhouse.warehouse.publish", "_swap", "before"),
    "published": ("meterhouse.warehouse.publish", "_swap", "after"),
}
# Layers of models: the moment is when the first model of the layer is done.
LAYERS = ("events", "calendar", "metrics", "usage", "rating", "commits", "invoices", "marts")
# What a file may hold when the disk is "full": enough for nothing whole.
BYTES = 100


def kill() -> None:
    """End this process."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill() -> None:
    """From now on no write goes beyond the first bytes of a file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (BYTES, BYTES))


def at_call(interrupt: Callable[[], None], module: str, name: str, when: str) -> None:
    """Interrupt when that function is called, or when it has returned."""
    owner = importlib.import_module(module)
    *path, name = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    original = getattr(owner, name)

    @functools.wraps(original)
    def interrupted(*args, **kwargs):
        if when == "before":
            interrupt()
            return original(*args, **kwargs)
        result = original(*args, **kwargs)
        interrupt()
        return result

    setattr(owner, name, interrupted)


def at_layer(interrupt: Callable[[], None], layer: str) -> None:
    """Interrupt when the first model of a layer is done."""
    build = importlib.import_module("meterhouse.dbt.build")
    original = build.materialize

    def materialize(con, node, *rest):
        rows = original(con, node, *rest)
        if node.schema == layer:
            interrupt()
        return rows

    build.materialize = materialize


if __name__ == "__main__":
    interruption, point = {"kill": kill, "fill": fill}[sys.argv[1]], sys.argv[2]
    if point in CALLS:
        at_call(interruption, *CALLS[point])
    else:
        at_layer(interruption, point)
    from meterhouse.cli.main import main

    sys.exit(main(sys.argv[3:]))
